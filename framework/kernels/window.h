// Sliding windows over one sample of (channels, height, width): im2col, and pooling.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cambium/framework/kernels/real.h"

namespace cambium {

struct Window {
  int channels, height, width;  // of the input
  int kernel_height, kernel_width;
  int stride_height, stride_width;
  int pad_height, pad_width;  // zeros on each side
  int out_height, out_width;
};

struct WindowKernels {
  // columns(channel, kernel row, kernel column; output row, output column) = x under the window, 0 outside the image.
  void (*im2col)(const real* x, const Window& window, real* columns);
  // dx = sum over windows of dcolumns; dx is overwritten.
  void (*col2im)(const real* dcolumns, const Window& window, real* dx);
  // y = the largest value under each window, argmax = its position in the channel, unless null. Padding never wins. The first of
  // equals wins, and a NaN over all.
  void (*max_pool)(const real* x, const Window& window, real* y, std::int32_t* argmax);
  // dx(argmax) += dy; dx is overwritten.
  void (*max_pool_back)(const real* dy, const std::int32_t* argmax, const Window& window, real* dx);
};

}  // namespace cambium
