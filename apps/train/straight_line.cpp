#include "apps/train/straight_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <utility>
#include <vector>

#include "apps/common/scores.h"
#include "apps/common/signals.h"
#include "cambium/framework/base/random.h"
#include "cambium/framework/data/stream.h"

namespace train {
namespace {

using namespace cambium;

constexpr std::int64_t most_rows = 20'000, least_test = 50;
constexpr int most_inputs = 256, most_outputs = 64;
constexpr double ridge = 1e-3, two_points = 0.02;
constexpr double infinity = std::numeric_limits<double>::infinity(), bound_of_classes = 3;

using Numbers = std::vector<double>;

// Sees every sample: see(x, t), t being a number for each output. False where a signal ended it.
template <class See>
bool each_row(const Dataset& set, std::size_t outputs, const See& see) {
  Stream stream(set, {.batch = static_cast<int>(std::min<std::int64_t>(128, set.size())), .shuffle = false});
  Numbers t(outputs);
  while (const Batch* batch = stream.next()) {
    if (apps::stopped()) return false;
    for (int i = 0; i < batch->size(); ++i) {
      const Target& target = batch->target();
      for (std::size_t k = 0; k < outputs; ++k)
        t[k] = target.has_labels() ? (target.labels[static_cast<std::size_t>(i)] == static_cast<int>(k) ? 1.0 : 0.0)
                                   : static_cast<double>(target.values.row(i)[k]);
      see(batch->inputs[0].row(i), t);
    }
  }
  return true;
}

struct Rows {
  Numbers z, t;  // row after row
};

// All, or where there are many so many of them by chance, always the same.
std::optional<Rows> some_rows(const Dataset& set, std::size_t inputs, std::size_t outputs) {
  Rows rows;
  const Random random(1);
  std::uint64_t row = 0;
  const double share = static_cast<double>(most_rows) / static_cast<double>(set.size());
  const bool whole = each_row(set, outputs, [&](const real* x, const Numbers& t) {
    if (random.uniform(row++) >= share) return;
    rows.z.insert(rows.z.end(), x, x + inputs);
    rows.t.insert(rows.t.end(), t.begin(), t.end());
  });
  return whole ? std::optional(std::move(rows)) : std::nullopt;
}

// Mean and 1 / deviation of each column; a constant one has 0.
struct Columns {
  Numbers mean, factor;
};

Columns columns_of(const Numbers& values, std::size_t width) {
  Columns c{Numbers(width), Numbers(width)};
  const double count = static_cast<double>(values.size() / width);
  for (std::size_t i = 0; i < values.size(); ++i) c.mean[i % width] += values[i] / count;
  for (std::size_t i = 0; i < values.size(); ++i) c.factor[i % width] += std::pow(values[i] - c.mean[i % width], 2) / count;
  for (std::size_t k = 0; k < width; ++k)
    c.factor[k] = c.factor[k] > 1e-12 * c.mean[k] * c.mean[k] ? 1 / std::sqrt(c.factor[k]) : 0;
  return c;
}

void standardize(Numbers& values, const Columns& c, double bound = infinity) {
  const std::size_t width = c.mean.size();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::clamp((values[i] - c.mean[i % width]) * c.factor[i % width], -bound, bound);
}

// Z'Z + ridge as L L' (Cholesky).
Numbers factor_of(const Rows& rows, std::size_t inputs) {
  const std::size_t count = rows.z.size() / inputs;
  Numbers a(inputs * inputs);
  for (std::size_t r = 0; r < count; ++r)
    for (std::size_t i = 0; i < inputs; ++i)
      for (std::size_t j = 0; j <= i; ++j) a[i * inputs + j] += rows.z[r * inputs + i] * rows.z[r * inputs + j];
  for (std::size_t i = 0; i < inputs; ++i) {
    a[i * inputs + i] += ridge * static_cast<double>(count);
    for (std::size_t j = 0; j <= i; ++j) {
      for (std::size_t m = 0; m < j; ++m) a[i * inputs + j] -= a[i * inputs + m] * a[j * inputs + m];
      a[i * inputs + j] = j < i ? a[i * inputs + j] / a[j * inputs + j] : std::sqrt(a[i * inputs + i]);
    }
  }
  return a;
}

// w = (L L')^-1 w: an input after the other, each with a weight for every output.
void solve(const Numbers& l, std::size_t inputs, Numbers& w) {
  const std::size_t outputs = w.size() / inputs;
  const auto subtract = [&](std::size_t from, std::size_t factor, std::size_t to) {
    for (std::size_t k = 0; k < outputs; ++k) w[to * outputs + k] -= l[factor] * w[from * outputs + k];
  };
  const auto divide = [&](std::size_t i) {
    for (std::size_t k = 0; k < outputs; ++k) w[i * outputs + k] /= l[i * inputs + i];
  };
  for (std::size_t i = 0; i < inputs; divide(i++))
    for (std::size_t m = 0; m < i; ++m) subtract(m, i * inputs + m, i);
  for (std::size_t i = inputs; i-- > 0; divide(i))
    for (std::size_t m = i + 1; m < inputs; ++m) subtract(m, m * inputs + i, i);
}

void add_products(const Numbers& z, const Numbers& t, std::size_t outputs, Numbers& w) {
  const std::size_t inputs = w.size() / outputs;
  for (std::size_t r = 0; r * inputs < z.size(); ++r)
    for (std::size_t i = 0; i < inputs; ++i)
      for (std::size_t k = 0; k < outputs; ++k) w[i * outputs + k] += z[r * inputs + i] * t[r * outputs + k];
}

Numbers least_squares(const Rows& rows, const Numbers& l, std::size_t inputs, std::size_t outputs) {
  Numbers w(inputs * outputs);
  add_products(rows.z, rows.t, outputs, w);
  solve(l, inputs, w);
  return w;
}

void softmax(Numbers& y) {
  const double most = *std::max_element(y.begin(), y.end());
  double sum = 0;
  for (double& one : y) one = std::exp(one - most), sum += one;
  for (double& one : y) one /= sum;
}

// By steps that never go too far, since the curvature is at most half of Z'Z (Boehning 1992, "Multinomial logistic regression
// algorithm"). `bias` comes as the shares of the classes.
Numbers likeliest(const Rows& rows, const Numbers& l, std::size_t inputs, Numbers& bias) {
  const std::size_t outputs = bias.size(), count = rows.z.size() / inputs;
  const int steps = static_cast<int>(std::clamp(2e9 / static_cast<double>(rows.z.size() * outputs), 5.0, 300.0));
  Numbers w(inputs * outputs), step(w.size()), left(rows.t.size()), y(outputs);
  for (double& one : bias) one = std::log(std::max(one, 1e-6));
  for (int s = 0; s < steps && !apps::stopped(); ++s) {
    Numbers more(outputs);
    for (std::size_t r = 0; r < count; ++r) {
      y = bias;
      for (std::size_t i = 0; i < inputs; ++i)
        for (std::size_t k = 0; k < outputs; ++k) y[k] += rows.z[r * inputs + i] * w[i * outputs + k];
      softmax(y);
      for (std::size_t k = 0; k < outputs; ++k) {
        left[r * outputs + k] = rows.t[r * outputs + k] - y[k];
        more[k] += 2 * left[r * outputs + k] / static_cast<double>(count);
      }
    }
    for (std::size_t i = 0; i < step.size(); ++i) step[i] = -0.5 * ridge * static_cast<double>(count) * w[i];
    add_products(rows.z, left, outputs, step);
    solve(l, inputs, step);
    for (std::size_t i = 0; i < w.size(); ++i) w[i] += 2 * step[i];
    for (std::size_t k = 0; k < outputs; ++k) bias[k] += more[k];
  }
  return w;
}

// What stands in the header.
class Line {
 public:
  Line(Rows rows, std::size_t inputs, std::size_t outputs, bool classes)
      : bound_(classes ? bound_of_classes : infinity),
        columns_(columns_of(rows.z, inputs)),
        mean_(columns_of(rows.t, outputs).mean),
        z_(inputs),
        y_(outputs) {
    standardize(rows.z, columns_, bound_);
    clamped_ = columns_of(rows.z, inputs);
    standardize(rows.z, clamped_);
    const Numbers l = factor_of(rows, inputs);
    w_ = classes ? likeliest(rows, l, inputs, mean_) : least_squares(rows, l, inputs, outputs);
  }

  const Numbers& mean() const { return mean_; }
  const Numbers& answer(const real* x) {
    for (std::size_t i = 0; i < z_.size(); ++i) z_[i] = static_cast<double>(x[i]);
    standardize(z_, columns_, bound_);
    standardize(z_, clamped_);
    y_ = mean_;
    for (std::size_t i = 0; i < z_.size(); ++i)
      for (std::size_t k = 0; k < y_.size(); ++k) y_[k] += w_[i * y_.size() + k] * z_[i];
    return y_;
  }

 private:
  double bound_;
  Columns columns_, clamped_;
  Numbers mean_, w_, z_, y_;
};

// R2 of values, the share of right answers of classes.
std::optional<double> score_of(Line& line, const Dataset& test, bool classes) {
  double missed = 0, sum = 0, squares = 0, right = 0;
  const bool whole = each_row(test, line.mean().size(), [&](const real* x, const Numbers& t) {
    const Numbers& y = line.answer(x);
    right += t[static_cast<std::size_t>(std::max_element(y.begin(), y.end()) - y.begin())] == 1 ? 1 : 0;
    missed += (t[0] - y[0]) * (t[0] - y[0]);
    sum += t[0] - line.mean()[0], squares += (t[0] - line.mean()[0]) * (t[0] - line.mean()[0]);
  });
  if (!whole) return std::nullopt;
  const double count = static_cast<double>(test.size());
  return classes ? right / count : 1 - missed / (squares - sum * sum / count);
}

// A model that is such a line itself is not beaten by a better kind of model.
bool is_line(const Options& options) {
  return options.recipe.name == "linear" ||
         (options.layers.find("dense") == options.layers.rfind("dense") && options.layers.find("dense") != options.layers.npos);
}

}  // namespace

std::optional<double> score_of_straight_line(const Dataset& training, const Dataset& test) {
  const Dataset::TargetKind kind = training.target_kinds()[0];
  const int inputs = training.input_shapes()[0].size(), outputs = kind.classes > 0 ? kind.classes : kind.shape.size();
  if (inputs > most_inputs || outputs > most_outputs || training.size() < 2 || test.size() < least_test) return std::nullopt;
  std::optional<Rows> rows = some_rows(training, static_cast<std::size_t>(inputs), static_cast<std::size_t>(outputs));
  if (!rows) return std::nullopt;
  Line line(std::move(*rows), static_cast<std::size_t>(inputs), static_cast<std::size_t>(outputs), kind.classes > 0);
  return score_of(line, test, kind.classes > 0);
}

std::string beaten_by_straight_line(const Options& options, const Data& data, const Dataset& training, const Metrics& test) {
  if (data.reader != "table" || options.balanced) return "";
  std::optional<double> line;
  try {
    line = score_of_straight_line(training, *data.test);
  } catch (const std::exception&) {  // no memory for what is only a hint
  }
  const bool classes = test.classes > 0;
  const double model = classes ? test.accuracy() : test.r2, chance = classes ? test.standard_error() : test.r2_standard_error;
  if (!line || !(*line - model > two_points + chance)) return "";
  const auto text = [&](double score) { return classes ? apps::percent(score) : apps::r2(score); };
  const std::string found =
      fmt::format("a straight line through the same rows has {}, and this model {}: it is ", text(*line), text(model));
  if (is_line(options)) return found + "not learnt out; more --epochs, or a larger --rate\n";
  return found + fmt::format(
                     "too large for so few rows, or not learnt out; --layers \"{}, dense {}\" --rate 0.03 --schedule cosine learns "
                     "such a line\n",
                     classes ? fmt::format("online_norm for_input, activation_clamp {}, batch_norm", bound_of_classes)
                             : "online_norm for_input",
                     data.outputs() * (options.error_bars ? 2 : 1));
}

}  // namespace train
