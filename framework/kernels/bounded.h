// Normalization that is cut at a bound: y = xhat within +-bound, and where it is cut no gradient passes. Else as NormalizeKernels.
#pragma once

#include <cstddef>

#include "cambium/framework/kernels/normalize.h"

namespace cambium {

struct BoundedKernels {
  void (*forward)(const real* x, real* y, std::size_t rows, std::size_t channels, std::size_t spatial, NormMap map, real bound);
  // xhat in the sums and in dx is that before the cut.
  void (*back_moments)(const real* x, const real* dy, std::size_t rows, std::size_t channels, std::size_t spatial, NormMap map,
                       real bound, double* out);
  void (*backward)(const real* x, const real* dy, real* dx, std::size_t rows, std::size_t channels, std::size_t spatial,
                   NormMap map, real bound);
};

}  // namespace cambium
