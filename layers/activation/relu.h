// Lets positive values through and stops the others.
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

// y = max(x, 0),  dx = dy where y > 0, else 0; NaN stays NaN.
//
// Shapes: y as x, any. Works in place.
class Relu : public Layer {
 public:
  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  Description describe() const override;
};

}  // namespace cambium
