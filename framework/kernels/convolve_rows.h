// Winograd's forward convolution along the rows, for kernels five wide that skip nothing (Lavin and Gray, 2016): two outputs beside
// each other for six products in each row of the kernel instead of ten, F(2, 5).
//
//   y(filter; r, 2 t), y(filter; r, 2 t + 1) = A^T [sum over channels and rows u of  (G w(filter, channel, u)) .
//                                                                                  (B^T x(channel; r + u, 2 t .. 2 t + 5))]
//
// "." multiplies place by place: for each of the six places the sum is a flat convolution (convolve_flat.h) by a kernel of one
// column, with the pairs of outputs as its positions.
//
// What convolve_winograd.h says of errors and of values that are not finite holds here too, for the two outputs of a pair.
#pragma once

#include "cambium/framework/kernels/convolve.h"
#include "cambium/framework/kernels/convolve_padded.h"

namespace cambium::CAMBIUM_ISA {

// Whether it is possible and pays: for single precision only, and never where the environment variable CAMBIUM_WINOGRAD is 0.
bool is_rows(const Convolution& of);
Index rows_weights(const Convolution& of);
Index rows_scratch(const Convolution& of);
// `mirror`: the weights of mirrored(of).
void arrange_rows(const Convolution& of, const real* w, bool mirror, real* arranged);
void forward_rows(const Convolution& of, const real* x, const real* arranged, const real* bias, real* y, int samples,
                  real* scratch);

}  // namespace cambium::CAMBIUM_ISA
