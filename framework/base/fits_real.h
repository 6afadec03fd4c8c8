// Which numbers of a file can be kept.
#pragma once

#include <cmath>
#include <limits>

#include "cambium/framework/kernels/real.h"

namespace cambium {

// Whether the real next to x is finite. Up to half a unit in the last place beyond the largest float the next one is that float, so
// that 3.4028235e+38, as it is written in short, can be read again.
inline bool fits_real(double x) {
  constexpr double beyond = sizeof(real) == sizeof(float) ? 0x1.ffffffp127 : std::numeric_limits<double>::infinity();
  return std::abs(x) < beyond;
}

}  // namespace cambium
