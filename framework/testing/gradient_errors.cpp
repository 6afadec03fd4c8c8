#include "cambium/framework/testing/gradient_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "cambium/framework/base/random.h"
#include "cambium/framework/testing/step_results.h"

namespace cambium::testing {
namespace {

// The values of a tensor, and what the layer says of their gradient.
struct Tensor {
  std::string name;
  std::span<real> values;
  std::vector<double> gradient;
};

// The sum of dy y when `moved` goes by `step` along `direction` at `indices`, and by -step: the slope between the two, and the one
// that the gradient says of the steps that the numbers really took.
std::pair<double, double> slopes(LayerBench& bench, const Tensor& moved, const std::vector<std::size_t>& indices,
                                 const std::vector<double>& direction, double step) {
  const bool held = bench.spec().gradient == GradientKind::held;
  const std::vector<real> saved(moved.values.begin(), moved.values.end());
  const auto step_by = [&](double by) {
    for (std::size_t k = 0; k < indices.size(); ++k)
      moved.values[indices[k]] = static_cast<real>(static_cast<double>(saved[indices[k]]) + by * direction[k]);
    held ? bench.forward_alone() : bench.forward();
  };
  step_by(step);
  const std::vector<real> up(moved.values.begin(), moved.values.end()), y_up(bench.y().begin(), bench.y().end());
  step_by(-step);
  double expected = 0, change = 0;
  for (const std::size_t i : indices) expected += moved.gradient[i] * static_cast<double>(up[i] - moved.values[i]) / (2 * step);
  std::ranges::copy(saved, moved.values.begin());
  const View y = bench.y(), dy = bench.dy();
  for (std::size_t i = 0; i < y.size(); ++i) change += static_cast<double>(dy.data[i]) * static_cast<double>(y_up[i] - y.data[i]);
  return {change / (2 * step), expected};
}

Difference difference(LayerBench& bench, const Tensor& tensor, double step, int coordinates) {
  double largest = 1e-8;
  for (const double value : tensor.gradient) largest = std::max(largest, std::fabs(value));
  Difference worst;
  const auto test = [&](const std::string& which, const std::vector<std::size_t>& indices, const std::vector<double>& direction) {
    const auto [numeric, expected] = slopes(bench, tensor, indices, direction, step);
    const double error = std::fabs(numeric - expected) / largest;
    if (error <= worst.error) return;
    worst = {std::isnan(error) ? HUGE_VAL : error,
             fmt::format("{}[{}] is {}, central differences say {}", tensor.name, which, expected, numeric)};
  };

  const Random random = Random(3).of(tensor.values.size());
  std::vector<int> order(tensor.values.size());
  std::iota(order.begin(), order.end(), 0);
  shuffle(order.data(), static_cast<int>(order.size()), random);
  const std::size_t single = std::min(order.size(), as_size(coordinates));
  for (std::size_t k = 0; k < single; ++k) test(std::to_string(order[k]), {as_size(order[k])}, {1});
  if (single < order.size()) {
    std::vector<double> direction;
    const double length = 1 / std::sqrt(static_cast<double>(order.size()));
    for (std::size_t i = 0; i < order.size(); ++i) direction.push_back(random.bits(i) & 1 ? length : -length);
    test("random direction", {order.begin(), order.end()}, direction);
  }
  return worst;
}

}  // namespace

std::vector<Difference> central_differences(LayerBench& bench, double step, int coordinates) {
  const std::vector<NamedValues> results = results_of(bench);
  std::vector<Difference> differences;
  const auto examine = [&](std::span<real> values) {
    const NamedValues& result = results[1 + differences.size()];  // after y, dx of every input and the gradient of every parameter
    differences.push_back(difference(bench, {result.name, values, result.values}, step, coordinates));
  };
  for (int i = 0; i < bench.inputs(); ++i) examine({bench.x(i).data, bench.x(i).size()});
  for (int i = 0; i < static_cast<int>(bench.spec().params.size()); ++i) examine(bench.param(i));
  return differences;
}

namespace {

std::map<std::string, GradientErrors>& table() {
  static std::map<std::string, GradientErrors> errors;
  return errors;
}

}  // namespace

void note_gradient_error(const std::string& kind, double error, double allowed) {
  GradientErrors& one = table()[kind];
  if (one.tensors++ == 0 || error * one.allowed > one.worst * allowed) one.worst = error, one.allowed = allowed;
}

const std::map<std::string, GradientErrors>& gradient_errors() { return table(); }

}  // namespace cambium::testing
