// Several measurements of the same thing, and how far apart they are.
#pragma once

#include <string>
#include <vector>

namespace benchmark {

struct Spread {
  double least = 0, median = 0, most = 0;
};

Spread spread_of(std::vector<double> values);

// "(12 .. 15)", with so many digits behind the point.
std::string range(const Spread& spread, int digits);

}  // namespace benchmark
