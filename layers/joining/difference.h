// How far two inputs are apart.
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

// y = x_0 - x_1,  dx_0 = dy,  dx_1 = -dy.
//
// Shapes: both inputs and y the same, any; exactly two inputs, else Error. Works in place.
class Difference : public Layer {
 public:
  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  Description describe() const override;
};

}  // namespace cambium
