// Winograd's forward convolution for kernels of 3 x 3 that skip nothing (Lavin and Gray, 2016, "Fast algorithms for convolutional
// neural networks"): tiles of 4 x 4 outputs for 36 products per channel and filter instead of 144.
//
//   Y = A^T [sum over channels (G g G^T) . (B^T d B)] A      for the 6 x 6 values d under a tile and the 3 x 3 weights g
//
// "." multiplies place by place, so all tiles' sums over the channels are 36 matrix products, one for each place.
//
// The transforms pass through larger numbers than the sum itself: errors are 2 to 3 times those of the direct sum, and at most
// about 2e-6 of the sum of all |w x| under a tile (points and measurements: winograd_transform.h). A value of x that is not finite
// may turn all outputs of its tiles into NaN, also those whose window does not hold it. The order of each sum depends on the
// channels alone.
#pragma once

#include <stddef.h>

#include "cambium/framework/kernels/convolve.h"
#include "cambium/framework/kernels/simd.h"

namespace cambium::CAMBIUM_ISA {

using Index = ptrdiff_t;

// Whether it is possible and pays: for single precision only, and never where the environment variable CAMBIUM_WINOGRAD is 0.
bool is_winograd(const Convolution& of);
Index winograd_weights(const Convolution& of);
Index winograd_scratch(const Convolution& of);
// `mirror`: the weights of mirrored(of).
void arrange_winograd(const Convolution& of, const real* w, bool mirror, real* arranged);
void forward_winograd(const Convolution& of, const real* x, const real* arranged, const real* bias, real* y, int samples,
                      real* scratch);

}  // namespace cambium::CAMBIUM_ISA
