// A smooth density of values.
#pragma once

#include <vector>

namespace cambium::plot {

struct Density {
  std::vector<double> x = {}, y = {};
};

// y(x) = mean over values v of exp(-((x - v) / h)^2 / 2) / (h sqrt(2 pi)), h = 0.9 min(sigma, (q3 - q1) / 1.34) n^(-1/5)
// (Silverman 1986), on 512 points from three h before the least value to three h behind the largest. h is no less than the distance
// of two points. Values that are not finite are left out.
Density density_of(std::vector<double> values);

}  // namespace cambium::plot
