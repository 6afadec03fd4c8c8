// Presses every value smoothly into (-1, 1).
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

// y = tanh x,  dx = dy (1 - y^2).
//
// Shapes: y as x, any. Works in place.
class Tanh : public Layer {
 public:
  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  Description describe() const override;
};

}  // namespace cambium
