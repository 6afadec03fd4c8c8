// Lines along which a field has one value, by marching squares.
#pragma once

#include <vector>

#include "cambium/framework/plot/parts/clip.h"

namespace cambium::plot {

// Values at (x[column], y[row]), row by row, wherever that is: in the numbers of the data or in pixels.
struct Grid {
  std::vector<double> x = {}, y = {};
  std::vector<double> values = {};
};

// Values between two neighbours are taken to lie on a straight line; where a square could be cut in two ways, the mean of its
// corners decides. Values that are not finite end a line.
std::vector<Points> contour_lines(const Grid& grid, double level);

// The borders of where values are at least `level`, closed, also along the border of the field: an area by the even-odd rule. What
// is not finite is no part of it.
std::vector<Points> contour_areas(const Grid& grid, double level);

}  // namespace cambium::plot
