#include "apps/benchmark/spread.h"

#include <fmt/format.h>

#include <algorithm>

namespace benchmark {

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return {values.front(), (values[n / 2] + values[(n - 1) / 2]) / 2, values.back()};
}

std::string range(const Spread& spread, int digits) {
  return fmt::format("({:.{}f} .. {:.{}f})", spread.least, digits, spread.most, digits);
}

}  // namespace benchmark
