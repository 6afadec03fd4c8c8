#include "apps/benchmark/timing/spread.h"

#include <fmt/format.h>

#include <algorithm>

namespace benchmark {

Spread::Spread(std::vector<double> values) : sorted_(std::move(values)) { std::sort(sorted_.begin(), sorted_.end()); }

double Spread::median() const {
  const std::size_t n = sorted_.size();
  return n == 0 ? 0 : (sorted_[n / 2] + sorted_[(n - 1) / 2]) / 2;
}

double Spread::at(double share) const {
  const std::size_t n = sorted_.size();
  return n == 0 ? 0 : sorted_[std::min(n - 1, static_cast<std::size_t>(share * static_cast<double>(n)))];
}

std::string Spread::range(int digits) const { return fmt::format("({:.{}f} .. {:.{}f})", least(), digits, most(), digits); }

}  // namespace benchmark
