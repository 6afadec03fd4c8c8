// Values and bounds: finding the least and the largest value, and clipping to a bound.
#pragma once

#include <cstddef>

#include "cambium/framework/kernels/real.h"

namespace cambium {

struct BoundsKernels {
  // Per channel of x (rows, channels, spatial): out(0, c) = least x, out(1, c) = largest x. A NaN counts for nothing; where no
  // number was seen they are infinity and -infinity.
  void (*range)(const real* x, std::size_t rows, std::size_t channels, std::size_t spatial, double* out);

  // y = x between -bound and bound, else the nearer of them; NaN stays NaN. y may be x.
  void (*clip)(const real* x, real bound, real* y, std::size_t n);
  // dx = |y| < bound ? dy : 0; dx may be dy.
  void (*clip_back)(const real* y, real bound, const real* dy, real* dx, std::size_t n);
};

}  // namespace cambium
