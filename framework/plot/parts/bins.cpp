#include "cambium/framework/plot/parts/bins.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace cambium::plot {
namespace {

int good_number(std::vector<double>& values, double low, double high) {
  const double spread = quantile(values, 0.75) - quantile(values, 0.25);
  const double width = 2 * spread / std::cbrt(static_cast<double>(values.size()));
  const double number = width > 0 ? std::ceil((high - low) / width) : 10;
  return static_cast<int>(std::clamp(number, 10.0, 80.0));
}

}  // namespace

double quantile(std::vector<double>& values, double part) {
  const auto rank = static_cast<std::ptrdiff_t>(std::floor(part * static_cast<double>(values.size() - 1) + 0.5));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

Bins bins_of(std::vector<double> values, int bins, std::optional<double> low, std::optional<double> high) {
  std::erase_if(values,
                [&](double v) { return !std::isfinite(v) || std::fabs(v) > 1e300 || (low && v < *low) || (high && v > *high); });
  Bins found;
  if (values.empty()) return found;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  found.low = low.value_or(*least), found.high = high.value_or(*most);
  const double size = std::max(std::fabs(found.low), std::fabs(found.high));
  if (!(found.high - found.low > 1e-10 * size && found.high - found.low > 1e-300)) {
    const double by = size < 1e-290 ? 0.5 : 0.05 * size;
    found.low -= by, found.high += by;
  }
  found.counts.resize(static_cast<std::size_t>(bins > 0 ? bins : good_number(values, found.low, found.high)));
  const auto last = static_cast<double>(found.counts.size() - 1);
  for (const double v : values) {
    const double place = (v - found.low) / (found.high - found.low) * static_cast<double>(found.counts.size());
    ++found.counts[static_cast<std::size_t>(std::clamp(place, 0.0, last))];
  }
  found.values = static_cast<double>(values.size());
  return found;
}

}  // namespace cambium::plot
