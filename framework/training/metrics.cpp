#include "cambium/framework/training/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cambium {
namespace {

std::string class_name(const std::vector<std::string>& names, int c) {
  return static_cast<std::size_t>(c) < names.size() ? names[static_cast<std::size_t>(c)] : std::to_string(c);
}

// "98.7", and "-" where there is nothing to take a share of.
std::string percent(int part, int whole) { return whole > 0 ? fmt::format("{:.1f}", 100.0 * part / whole) : "-"; }

// The confusion matrix with its sums, ready to be printed.
struct Confusion {
  const Metrics& metrics;
  int at(int truth, int predicted) const {
    return metrics.confusion[static_cast<std::size_t>(truth * metrics.classes + predicted)];
  }
  int of_class(int truth) const {
    int sum = 0;
    for (int c = 0; c < metrics.classes; ++c) sum += at(truth, c);
    return sum;
  }
  int predicted_as(int c) const {
    int sum = 0;
    for (int truth = 0; truth < metrics.classes; ++truth) sum += at(truth, c);
    return sum;
  }
};

}  // namespace

int Metrics::correct() const {
  int sum = 0;
  for (int c = 0; c < classes; ++c) sum += confusion[static_cast<std::size_t>(c * classes + c)];
  return sum;
}

double Metrics::accuracy() const { return classes > 0 && samples > 0 ? static_cast<double>(correct()) / samples : 0; }

double Metrics::standard_error() const {
  const double p = accuracy();
  return samples > 0 ? std::sqrt(p * (1 - p) / samples) : 0;
}

std::string Metrics::confusion_table(const std::vector<std::string>& class_names) const {
  if (classes == 0) return "";
  const Confusion confusion_of{*this};
  // Long names stand at the left only, with the numbers by which the columns go.
  constexpr std::size_t longest_in_column = 6;
  std::size_t longest = 0;
  for (int c = 0; c < classes; ++c) longest = std::max(longest, class_name(class_names, c).size());
  const bool numbered = longest > longest_in_column;
  const auto row_name = [&](int c) {
    return numbered ? fmt::format("{} {}", c, class_name(class_names, c)) : class_name(class_names, c);
  };
  std::size_t left = std::string("precision %").size();
  for (int c = 0; c < classes; ++c) left = std::max(left, row_name(c).size());
  const std::size_t column = 1 + std::max<std::size_t>({5, numbered ? 0 : longest, std::to_string(samples).size()});

  std::string text = fmt::format("{:{}}{:>{}}", "true", left, "predicted", column + 5);
  text += '\n' + std::string(left, ' ');
  for (int c = 0; c < classes; ++c)
    text += fmt::format("{:>{}}", numbered ? std::to_string(c) : class_name(class_names, c), column);
  text += "   recall %\n";
  for (int truth = 0; truth < classes; ++truth) {
    text += fmt::format("{:{}}", row_name(truth), left);
    for (int c = 0; c < classes; ++c)
      text += fmt::format("{:>{}}", confusion_of.at(truth, c) > 0 ? std::to_string(confusion_of.at(truth, c)) : ".", column);
    text += fmt::format("{:>11}\n", percent(confusion_of.at(truth, truth), confusion_of.of_class(truth)));
  }
  text += fmt::format("{:{}}", "precision %", left);
  for (int c = 0; c < classes; ++c)
    text += fmt::format("{:>{}}", percent(confusion_of.at(c, c), confusion_of.predicted_as(c)), column);
  return text + '\n';
}

}  // namespace cambium
