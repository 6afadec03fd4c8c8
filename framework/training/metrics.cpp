#include "cambium/framework/training/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/size.h"

namespace cambium {
namespace {

std::string class_name(const std::vector<std::string>& names, int c) {
  return as_size(c) < names.size() ? names[as_size(c)] : std::to_string(c);
}

// "98.7", and "-" where there is nothing to take a share of.
std::string percent(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? fmt::format("{:.1f}", 100.0 * static_cast<double>(part) / static_cast<double>(whole)) : "-";
}

std::int64_t of_class(const Metrics& m, int truth) {
  std::int64_t sum = 0;
  for (int c = 0; c < m.classes; ++c) sum += m.confused(truth, c);
  return sum;
}

std::int64_t predicted_as(const Metrics& m, int c) {
  std::int64_t sum = 0;
  for (int truth = 0; truth < m.classes; ++truth) sum += m.confused(truth, c);
  return sum;
}

}  // namespace

std::int64_t Metrics::confused(int truth, int predicted) const {
  const auto n = as_size(std::max(classes, 0));
  if (confusion.size() != n * n)
    throw Error(fmt::format("metrics: a confusion matrix of {} counts for {} classes", confusion.size(), classes),
                "the metrics that Trainer::evaluate gives");
  if (truth < 0 || truth >= classes || predicted < 0 || predicted >= classes)
    throw Error(fmt::format("metrics: class {} taken for class {}, and there are {}", truth, predicted, classes),
                "classes that count from 0");
  return confusion[as_size(truth) * n + as_size(predicted)];
}

std::int64_t Metrics::correct() const {
  std::int64_t sum = 0;
  for (int c = 0; c < classes; ++c) sum += confused(c, c);
  return sum;
}

double Metrics::accuracy() const {
  return classes > 0 && samples > 0 ? static_cast<double>(correct()) / (static_cast<double>(samples) * positions)
                                    : std::numeric_limits<double>::quiet_NaN();
}

double Metrics::standard_error() const {
  const double n = static_cast<double>(samples), p = (n * accuracy() + 1) / (n + 2);
  return std::sqrt(p * (1 - p) / (n + 3));
}

double Metrics::precision(int c) const {
  const auto all = predicted_as(*this, c);
  return all > 0 ? static_cast<double>(confused(c, c)) / static_cast<double>(all) : none;
}

double Metrics::recall(int c) const {
  const auto all = of_class(*this, c);
  return all > 0 ? static_cast<double>(confused(c, c)) / static_cast<double>(all) : none;
}

double Metrics::f1(int c) const {
  const auto all = of_class(*this, c) + predicted_as(*this, c);
  return all > 0 ? 2 * static_cast<double>(confused(c, c)) / static_cast<double>(all) : none;
}

std::string Metrics::class_table(const std::vector<std::string>& class_names) const {
  std::size_t left = 5;
  for (int c = 0; c < classes; ++c) left = std::max(left, class_name(class_names, c).size());
  const auto share = [](double p) { return std::isnan(p) ? std::string("-") : fmt::format("{:.1f}", 100 * p); };
  std::string text =
      fmt::format("{:{}} {:>8}  precision %  recall %   F1 %\n", "class", left, positions == 1 ? "samples" : "labels");
  for (int c = 0; c < classes; ++c)
    text += fmt::format("{:{}} {:8} {:>12} {:>9} {:>6}\n", class_name(class_names, c), left, of_class(*this, c),
                        share(precision(c)), share(recall(c)), share(f1(c)));
  return text;
}

std::string Metrics::confusion_table(const std::vector<std::string>& class_names) const {
  if (classes == 0) return "";
  // Where the table would be too wide, the names stand at the left only, with the numbers by which the columns go.
  constexpr std::size_t widest = 100, narrow = 6;
  std::size_t longest = 0;
  for (int c = 0; c < classes; ++c) longest = std::max(longest, class_name(class_names, c).size());
  const std::size_t digits = std::max<std::size_t>(5, std::to_string(samples * positions).size()), recall = 11,
                    left_most = std::string("precision %").size(), columns = static_cast<std::size_t>(classes);
  const bool numbered =
      longest > narrow && std::max(left_most, longest) + columns * (1 + std::max(digits, longest)) + recall > widest;
  const auto row_name = [&](int c) {
    return numbered ? fmt::format("{} {}", c, class_name(class_names, c)) : class_name(class_names, c);
  };
  std::size_t left = left_most;
  for (int c = 0; c < classes; ++c) left = std::max(left, row_name(c).size());
  const std::size_t column = 1 + std::max(digits, numbered ? 0 : longest);

  std::string text = fmt::format("{:{}}{:>{}}", "true", left, "predicted", column + 5);
  text += '\n' + std::string(left, ' ');
  for (int c = 0; c < classes; ++c)
    text += fmt::format("{:>{}}", numbered ? std::to_string(c) : class_name(class_names, c), column);
  text += "   recall %\n";
  for (int truth = 0; truth < classes; ++truth) {
    text += fmt::format("{:{}}", row_name(truth), left);
    for (int c = 0; c < classes; ++c)
      text += fmt::format("{:>{}}", confused(truth, c) > 0 ? std::to_string(confused(truth, c)) : ".", column);
    text += fmt::format("{:>11}\n", percent(confused(truth, truth), of_class(*this, truth)));
  }
  text += fmt::format("{:{}}", "precision %", left);
  for (int c = 0; c < classes; ++c) text += fmt::format("{:>{}}", percent(confused(c, c), predicted_as(*this, c)), column);
  return text + '\n';
}

}  // namespace cambium
