// Two or more inputs become their sum: where a shortcut meets the path that it passed by.
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

// y = x_0 + x_1 + ..., in this order;  every dx_k = dy.
//
// Shapes: all inputs and y the same, any; at least two inputs, else Error. Works in place.
class Add : public Layer {
 public:
  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  Description describe() const override;
};

}  // namespace cambium
