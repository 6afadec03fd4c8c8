// Small filters that slide over an image, so that what is learned at one place is known everywhere.
#pragma once

#include "cambium/framework/base/layer.h"
#include "cambium/framework/kernels/convolve.h"
#include "cambium/layers/pooling/window2d.h"

namespace cambium {

struct Conv2dOptions {
  Size2 kernel = 3;
  Size2 stride = 1;
  Size2 pad = 0;  // zeros on each side; with an odd kernel and stride 1, (kernel - 1) / 2 keeps the size
  bool bias = true;
  Initializer init = init::he_normal();
  Initializer bias_init = init::zeros();

  template <class V>
  void fields(V&& visit) {
    visit("kernel", kernel), visit("stride", stride), visit("pad", pad), visit("bias", bias), visit("init", init),
        visit("bias_init", bias_init);
  }
};

// Cross-correlation, as everywhere in the field: the filter is not flipped. With padded x, and positions in units of the stride s,
//   y_f(i, j) = sum over c, u, v of w_fc(u, v) x_c(i s + u, j s + v) + b_f
//   dx_c(i s + u, j s + v) = sum over f of w_fc(u, v) dy_f(i, j), summed over all i, u and j, v that meet there
//   dw_fc(u, v) = sum over samples, i, j of dy_f(i, j) x_c(i s + u, j s + v),  db_f = sum over samples, i, j of dy_f(i, j)
//
// Shapes: x (channels, height, width), y (filters, out height, out width) with out = floor((in + 2 pad - kernel) / stride) + 1,
// weight (filters, channels, kernel height, kernel width), bias (filters). How it is computed: framework/kernels/convolve.h.
// Throws Error for sizes below 1 (pad: below 0), and when planned for no image, or one smaller than the kernel.
class Conv2d : public Layer, public WeightPacking {
 public:
  explicit Conv2d(int filters, Conv2dOptions options = {});

  LayerSpec plan(const Setting& setting) const override;
  void pack(const Forward& ctx) const noexcept override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  void backward_params(const Backward& ctx, Slice part, Gradients to) const noexcept override;
  Description describe() const override;

 private:
  Convolution over(const Shape& in) const noexcept;

  int filters_;
  Conv2dOptions options_;
};

}  // namespace cambium
