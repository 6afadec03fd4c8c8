// Convolution (cross-correlation, as everywhere in the field) of a few samples, and its two gradients.
#pragma once

#include <cstddef>

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
  // How many values of `real` the calls below want, in each case: for weights in the order of `forward` and of `backward`, and to
  // work in.
  struct Sizes {
    std::size_t forward, backward, scratch;
  };
  Sizes (*sizes)(const Convolution& of);

  // Brings the weights into the order that `forward` reads, and `backward`; a null target is left out.
  void (*arrange)(const Convolution& of, const real* w, real* for_forward, real* for_backward);

  // y = x * w + bias; bias (filters) may be null.
  void (*forward)(const Convolution& of, const real* x, const real* arranged, const real* bias, real* y, int samples,
                  real* scratch);
  // dx = the gradient of x; overwritten.
  void (*backward)(const Convolution& of, const real* dy, const real* arranged, real* dx, int samples, real* scratch);
  // dw = [dw if add, else 0] + the gradient of w, summed over the samples in order.
  void (*gradient)(const Convolution& of, const real* x, const real* dy, real* dw, int samples, bool add, real* scratch);
};

}  // namespace cambium
