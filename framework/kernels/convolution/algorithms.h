// The algorithms of convolution, each in a file of its own. The first that applies is taken: tables in algorithms.cpp.
#pragma once

#include "cambium/framework/kernels/convolve.h"
#include "cambium/framework/kernels/simd.h"

namespace cambium::CAMBIUM_ISA {

// The weight of filter f, channel c and tap t is values[f * filter + c * channel + t]; `flipped`: that of the taps from last to
// first.
struct WeightView {
  const real* values;
  Index filter, channel;
  bool flipped;
};

// Of forward; and of backward_input, where x stands for dy, y for dx, and bias is null. Sizes are in values of `real`.
struct Algorithm {
  const char* name;
  bool (*applies)(const Convolution& of);  // it can, and it is fast
  Index (*weights)(const Convolution& of);
  Index (*workspace)(const Convolution& of);
  void (*pack)(const Convolution& of, WeightView w, real* packed);
  void (*run)(const Convolution& of, const real* x, const real* packed, const real* bias, real* y, int samples, real* workspace);
};

// Of backward_params: nothing is packed.
struct ParamsAlgorithm {
  const char* name;
  bool (*applies)(const Convolution& of);
  Index (*workspace)(const Convolution& of);
  void (*run)(const Convolution& of, const real* x, const real* dy, real* dw, int samples, bool add, real* workspace);
};

extern const Algorithm forward_gemm, forward_winograd, forward_winograd_1d, forward_shifted, forward_direct, forward_im2col;
extern const Algorithm backward_gemm, backward_transposed, backward_im2col;
extern const ParamsAlgorithm params_gemm, params_shifted, params_direct, params_im2col;

// backward_input as a forward convolution of dy: the kernel flipped, filters and channels exchanged.
Convolution mirrored(const Convolution& of);

// Values of one sample; and of one channel or filter in it.
inline Index plane_in(const Window& w) { return static_cast<Index>(w.height) * w.width; }
inline Index plane_out(const Window& w) { return static_cast<Index>(w.out_height) * w.out_width; }
inline Index image_in(const Convolution& of) { return of.window.channels * plane_in(of.window); }
inline Index image_out(const Convolution& of) { return of.filters * plane_out(of.window); }
inline Index taps_of(const Window& w) { return static_cast<Index>(w.kernel_height) * w.kernel_width; }
inline Index weights_of(const Convolution& of) { return of.filters * (of.window.channels * taps_of(of.window)); }

}  // namespace cambium::CAMBIUM_ISA
