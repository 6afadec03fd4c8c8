// Values counted in bins of equal width.
#pragma once

#include <optional>
#include <vector>

namespace cambium::plot {

struct Bins {
  double low = 0, high = 1;
  std::vector<double> counts = {};
  double values = 0;  // of all bins together

  double width() const { return (high - low) / static_cast<double>(counts.size()); }
  double edge(std::size_t i) const { return low + (high - low) * (static_cast<double>(i) / static_cast<double>(counts.size())); }
};

// Values that are finite; bins of 0: width 2 (q3 - q1) / n^(1/3) (Freedman and Diaconis 1981), at least 10 and at most 80 of them.
// Values beyond low or high, where these are given, are not counted.
Bins bins_of(std::vector<double> values, int bins, std::optional<double> low, std::optional<double> high);

// The value below which this part of all lies; values in any order, at least one.
double quantile(std::vector<double>& values, double part);

}  // namespace cambium::plot
