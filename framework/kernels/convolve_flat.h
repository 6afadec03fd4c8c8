// Forward convolution with positions in the lanes of vectors, for little depth: few channels and taps, as in first layers.
//
//   y(filter, positions) += x(channel, positions + tap) * w(filter, channel, tap)
//
// All rows of an image are one long row here: a vector runs over the end of a row into the next one, and the sums between, which
// belong to no position, are squeezed out when it is stored. Nothing is turned, which with little depth is most of the work.
#pragma once

#include "cambium/framework/kernels/convolve.h"
#include "cambium/framework/kernels/convolve_padded.h"

namespace cambium::CAMBIUM_ISA {

bool is_flat(const Convolution& of);
Index flat_weights(const Convolution& of);
Index flat_scratch(const Convolution& of);
// `mirror`: the weights of mirrored(of).
void arrange_flat(const Convolution& of, const real* w, bool mirror, real* arranged);
void forward_flat(const Convolution& of, const real* x, const real* arranged, const real* bias, real* y, int samples,
                  real* scratch);

// The gradient of the weights, likewise.
bool has_flat_gradient(const Convolution& of);
Index flat_gradient_scratch(const Convolution& of);
void gradient_flat(const Convolution& of, const real* x, const real* dy, real* dw, int samples, bool add, real* scratch);

}  // namespace cambium::CAMBIUM_ISA
