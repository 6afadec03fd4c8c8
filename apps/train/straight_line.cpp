#include "apps/train/straight_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <vector>

#include "apps/common/scores.h"
#include "cambium/framework/data/stream.h"

namespace train {
namespace {

using namespace cambium;

constexpr std::int64_t most_rows = 20'000, least_test = 50;
constexpr int most_inputs = 256, most_outputs = 64;
constexpr double ridge = 1e-3, two_points = 0.02;

using Numbers = std::vector<double>;

struct Rows {
  Numbers z, t;  // row after row
};

// As they are in the set.
Rows rows_of(const Dataset& set, std::size_t inputs, std::size_t outputs) {
  Rows rows;
  const std::int64_t step = (set.size() + most_rows - 1) / most_rows;
  const bool classes = set.target_kinds()[0].classes > 0;
  Stream stream(set, {.batch = static_cast<int>(std::min<std::int64_t>(128, set.size())), .shuffle = false});
  while (const Batch* batch = stream.next())
    for (int i = 0; i < batch->size(); ++i) {
      if (batch->rows[static_cast<std::size_t>(i)] % step != 0) continue;
      const real* x = batch->inputs[0].row(i);
      rows.z.insert(rows.z.end(), x, x + inputs);
      for (std::size_t k = 0; k < outputs; ++k)
        rows.t.push_back(classes ? (batch->target().labels[static_cast<std::size_t>(i)] == static_cast<int>(k) ? 1.0 : 0.0)
                                 : static_cast<double>(batch->target().values.row(i)[k]));
    }
  return rows;
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

void standardize(Numbers& values, const Columns& c) {
  const std::size_t width = c.mean.size();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = (values[i] - c.mean[i % width]) * c.factor[i % width];
}

// w of (Z'Z + ridge) w = Z't by Cholesky: an input after the other, each with a weight for every output.
Numbers least_squares(const Rows& rows, std::size_t inputs, std::size_t outputs) {
  const std::size_t count = rows.z.size() / inputs;
  Numbers a(inputs * inputs), w(inputs * outputs);
  for (std::size_t r = 0; r < count; ++r)
    for (std::size_t i = 0; i < inputs; ++i) {
      const double z = rows.z[r * inputs + i];
      for (std::size_t j = 0; j <= i; ++j) a[i * inputs + j] += z * rows.z[r * inputs + j];
      for (std::size_t k = 0; k < outputs; ++k) w[i * outputs + k] += z * rows.t[r * outputs + k];
    }
  for (std::size_t i = 0; i < inputs; ++i) {  // a = L L', and w = L^-1 w
    a[i * inputs + i] += ridge * static_cast<double>(count);
    for (std::size_t j = 0; j <= i; ++j) {
      for (std::size_t m = 0; m < j; ++m) a[i * inputs + j] -= a[i * inputs + m] * a[j * inputs + m];
      a[i * inputs + j] = j < i ? a[i * inputs + j] / a[j * inputs + j] : std::sqrt(a[i * inputs + i]);
    }
    for (std::size_t k = 0; k < outputs; ++k) {
      for (std::size_t m = 0; m < i; ++m) w[i * outputs + k] -= a[i * inputs + m] * w[m * outputs + k];
      w[i * outputs + k] /= a[i * inputs + i];
    }
  }
  for (std::size_t i = inputs; i-- > 0;)  // w = L'^-1 w
    for (std::size_t k = 0; k < outputs; ++k) {
      for (std::size_t m = i + 1; m < inputs; ++m) w[i * outputs + k] -= a[m * inputs + i] * w[m * outputs + k];
      w[i * outputs + k] /= a[i * inputs + i];
    }
  return w;
}

Numbers answers(const Rows& rows, const Numbers& w, const Numbers& mean) {
  const std::size_t outputs = mean.size(), inputs = w.size() / outputs;
  Numbers y(rows.t.size());
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::size_t r = i / outputs, k = i % outputs;
    y[i] = mean[k];
    for (std::size_t j = 0; j < inputs; ++j) y[i] += w[j * outputs + k] * rows.z[r * inputs + j];
  }
  return y;
}

double share_right(const Numbers& y, const Numbers& t, std::size_t outputs) {
  std::size_t right = 0;
  for (std::size_t r = 0; r < y.size(); r += outputs) {
    const auto first = y.begin() + static_cast<std::ptrdiff_t>(r);
    const auto best = std::max_element(first, first + static_cast<std::ptrdiff_t>(outputs)) - y.begin();
    right += t[static_cast<std::size_t>(best)] == 1;
  }
  return static_cast<double>(right * outputs) / static_cast<double>(y.size());
}

double r2(const Numbers& y, const Numbers& t) {
  double mean = 0, missed = 0, all = 0;
  for (const double one : t) mean += one / static_cast<double>(t.size());
  for (std::size_t i = 0; i < t.size(); ++i) missed += std::pow(t[i] - y[i], 2), all += std::pow(t[i] - mean, 2);
  return 1 - missed / all;
}

}  // namespace

std::optional<double> score_of_straight_line(const Dataset& training, const Dataset& test) {
  const Dataset::TargetKind kind = training.target_kinds()[0];
  const int inputs = training.input_shapes()[0].size(), outputs = kind.classes > 0 ? kind.classes : kind.shape.size();
  if (inputs > most_inputs || outputs > most_outputs || training.size() < 2 || test.size() < least_test) return std::nullopt;
  const auto width = static_cast<std::size_t>(inputs), answers_each = static_cast<std::size_t>(outputs);
  Rows rows = rows_of(training, width, answers_each);
  const Columns columns = columns_of(rows.z, width);
  const Numbers mean = columns_of(rows.t, answers_each).mean;
  standardize(rows.z, columns);
  const Numbers w = least_squares(rows, width, answers_each);
  rows = rows_of(test, width, answers_each);
  standardize(rows.z, columns);
  const Numbers y = answers(rows, w, mean);
  return kind.classes > 0 ? share_right(y, rows.t, answers_each) : r2(y, rows.t);
}

std::string beaten_by_straight_line(const Options& options, const Data& data, const Dataset& training, const Metrics& test) {
  if (data.reader != "table") return "";
  std::optional<double> line;
  try {
    line = score_of_straight_line(training, *data.test);
  } catch (const std::exception&) {  // no memory for what is only a hint
  }
  const double model = test.classes > 0 ? test.accuracy() : test.r2;
  if (!line || !(*line - model > two_points + (test.classes > 0 ? test.standard_error() : 0))) return "";
  const auto text = [&](double score) { return test.classes > 0 ? apps::percent(score) : apps::r2(score); };
  return fmt::format(
      "a straight line through the same rows has {}, and this model {}: it is too large for so few rows, or not learnt out; "
      "--layers \"batch_norm for_input, dense {}\" --rate 0.03 --schedule cosine learns such a line\n",
      text(*line), text(model), data.outputs() * (options.error_bars ? 2 : 1));
}

}  // namespace train
