// The largest value under a window that slides over each channel.
#pragma once

#include <climits>

#include "cambium/framework/base/layer.h"
#include "cambium/layers/pooling/window2d.h"

namespace cambium {

inline constexpr Size2 same_as_kernel = INT_MIN;  // windows side by side

struct MaxPool2dOptions {
  Size2 stride = same_as_kernel;
  Size2 pad = 0;  // on each side, smaller than the kernel; padding never wins

  template <class V>
  void fields(V&& visit) {
    visit("stride", stride), visit("pad", pad);
  }
};

// y_c(i, j) = max over u, v of x_c(i s + u, j s + v), s being the stride. The first of equal values wins, and a NaN over all.
// dx is dy where a value has won, summed over the windows that it won, and 0 elsewhere. Keeps the positions of the winners.
//
// Shapes: x (channels, height, width), y (channels, out height, out width), out = floor((in + 2 pad - kernel) / stride) + 1:
// what is left over at the right and at the bottom is dropped.
// Throws Error for sizes below 1 (pad: below 0, or not below the kernel), and when planned for no image, or one smaller than
// the kernel.
class MaxPool2d : public Layer {
 public:
  explicit MaxPool2d(Size2 kernel, MaxPool2dOptions options = {});

  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  Description describe() const override;

 private:
  Size2 kernel_;
  MaxPool2dOptions options_;
};

}  // namespace cambium
