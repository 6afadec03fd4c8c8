#include "cambium/framework/plot/parts/kernel_density.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "cambium/framework/plot/parts/bins.h"

namespace cambium::plot {
namespace {

constexpr std::size_t points = 512;
constexpr double reach = 3;  // of a kernel, in h

// The root of the mean square distance from the mean; in parts of `scale`, whose square may be no number.
double deviation(const std::vector<double>& values, double scale) {
  double mean = 0, squares = 0;
  const auto n = static_cast<double>(values.size());
  for (const double v : values) mean += v / scale / n;
  for (const double v : values) squares += (v / scale - mean) * (v / scale - mean) / n;
  return std::sqrt(squares) * scale;
}

double kernel_width(std::vector<double>& values, double low, double high) {
  const double size = std::max(std::fabs(low), std::fabs(high));
  const double spread = (quantile(values, 0.75) - quantile(values, 0.25)) / 1.34;
  const double sigma = size > 0 ? deviation(values, size) : 0;
  const double narrow = spread > 0 ? std::min(spread, sigma) : sigma;
  const double width = 0.9 * narrow * std::pow(static_cast<double>(values.size()), -0.2);
  const double least = std::max(size < 1e-290 ? 0.01 : 1e-3 * size * (high > low ? 1e-7 : 1), 2 * (high - low) / points);
  return std::max(width, least);
}

}  // namespace

Density density_of(std::vector<double> values) {
  std::erase_if(values, [](double v) { return !std::isfinite(v) || std::fabs(v) > 1e300; });
  if (values.empty()) return {};
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double first = *least, last = *most;
  const double h = kernel_width(values, first, last);
  const double low = first - reach * h, step = (last - first + 2 * reach * h) / (points - 1);
  // Each value is shared out between the two points beside it, and the kernel is laid over the points.
  std::vector<double> weights(points);
  for (const double v : values) {
    const double place = std::clamp((v - low) / step, 0.0, points - 1.001);
    const auto at = static_cast<std::size_t>(place);
    const double part = place - static_cast<double>(at);
    weights[at] += 1 - part, weights[at + 1] += part;
  }
  std::vector<double> kernel;  // by the distance of two points, up to where nothing is left of it
  for (double distance = 0; distance < 8 && kernel.size() < points; distance = static_cast<double>(kernel.size()) * step / h)
    kernel.push_back(0.3989422804014327 * std::exp(-0.5 * distance * distance) / static_cast<double>(values.size()) / h);
  Density density = {std::vector<double>(points), std::vector<double>(points)};
  for (std::size_t i = 0; i < points; ++i) density.x[i] = low + static_cast<double>(i) * step;
  for (std::size_t k = 0; k < points; ++k) {
    if (weights[k] == 0) continue;
    for (std::size_t i = 0; i < points; ++i)
      if (const std::size_t distance = i > k ? i - k : k - i; distance < kernel.size())
        density.y[i] += weights[k] * kernel[distance];
  }
  return density;
}

}  // namespace cambium::plot
