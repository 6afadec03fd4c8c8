// What contours and cells have in common.
#pragma once

#include "cambium/framework/plot/parts/shape.h"

namespace cambium::plot {

// The least and the largest value; of logarithms only what is above zero. low > high: there is none.
ColourBar bar_of(const Field& field, bool logarithmic);

// Where a value stands between the ends of the bar, 0 ... 1; not finite where it has no place.
double part_of(const ColourBar& bar, double value);

}  // namespace cambium::plot
