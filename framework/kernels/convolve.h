// Convolution (cross-correlation, as everywhere in the field) of a few samples, and its two gradients.
#pragma once

#include <cstddef>

#include "cambium/framework/kernels/pass.h"
#include "cambium/framework/kernels/real.h"
#include "cambium/framework/kernels/window.h"

namespace cambium {

struct Convolution {
  Window window;
  int filters;
};

// x (samples; channels, height, width), y and dy (samples; filters, output height, output width),
// w (filters, channels, kernel height, kernel width). Which algorithm runs depends on the convolution alone.
struct ConvolveKernels {
  // Its name, as in the tables of convolution/algorithms.cpp.
  const char* (*algorithm)(const Convolution& of, Pass pass);

  // How many values of `real` the calls below take, in each case: weights as packed for two passes, and the workspace.
  struct Sizes {
    std::size_t forward, backward_input, workspace;
  };
  Sizes (*sizes)(const Convolution& of);

  // Puts the weights in the order that `forward` reads, and `backward_input`; a null target is left out.
  void (*pack)(const Convolution& of, const real* w, real* for_forward, real* for_backward);

  // y = x * w + bias; bias (filters) may be null.
  void (*forward)(const Convolution& of, const real* x, const real* packed, const real* bias, real* y, int samples,
                  real* workspace);
  // dx = the gradient of x; overwritten.
  void (*backward_input)(const Convolution& of, const real* dy, const real* packed, real* dx, int samples, real* workspace);
  // dw = [dw if add, else 0] + the gradient of w, summed over the samples in order.
  void (*backward_params)(const Convolution& of, const real* x, const real* dy, real* dw, int samples, bool add, real* workspace);
};

}  // namespace cambium
