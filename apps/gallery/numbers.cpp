#include "apps/gallery/numbers.h"

#include <algorithm>
#include <cmath>

namespace gallery {
namespace {

double product_of_differences(const Values& a, const Values& b) {
  const double mean_a = mean_of(a), mean_b = mean_of(b);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum / static_cast<double>(a.size());
}

}  // namespace

Values normals(std::size_t n, const cambium::Random& random, double mean, double deviation) {
  return made(n, [&](std::size_t i) { return mean + deviation * random.normal(i); });
}

Values counted(std::size_t n, double first, double step) {
  return made(n, [&](std::size_t i) { return first + step * static_cast<double>(i); });
}

Values column(const Values& samples, std::size_t channels, std::size_t c) {
  return made(samples.size() / channels, [&](std::size_t i) { return samples[i * channels + c]; });
}

Values part(const Values& numbers, std::size_t first, std::size_t last) {
  return made(last - first, [&](std::size_t i) { return numbers[first + i]; });
}

Values thinned(const Values& numbers, std::size_t most) {
  const std::size_t step = (numbers.size() + most - 1) / most;
  if (step <= 1) return numbers;
  return made((numbers.size() + step - 1) / step, [&](std::size_t i) { return numbers[i * step]; });
}

double mean_of(const Values& x) {
  double sum = 0;
  for (const double value : x) sum += value - x[0];
  return x[0] + sum / static_cast<double>(x.size());
}

double moment_of(const Values& x, int power) {
  const double mean = mean_of(x);
  double sum = 0;
  for (const double value : x) sum += std::pow(value - mean, power);
  return sum / static_cast<double>(x.size());
}

double deviation_of(const Values& x) { return std::sqrt(moment_of(x, 2)); }

double standard_moment_of(const Values& x, int power) { return moment_of(x, power) / std::pow(deviation_of(x), power); }

double largest_of(const Values& x) {
  double largest = 0;
  for (const double value : x) largest = std::max(largest, std::fabs(value));
  return largest;
}

double highest_of(const Values& x) { return *std::ranges::max_element(x); }
double lowest_of(const Values& x) { return *std::ranges::min_element(x); }

double correlation_of(const Values& a, const Values& b) { return product_of_differences(a, b) / deviation_of(a) / deviation_of(b); }

double slope_of(const Values& x, const Values& y) { return product_of_differences(x, y) / product_of_differences(x, x); }

}  // namespace gallery
