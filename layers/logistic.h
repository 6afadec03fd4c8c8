// Presses every value smoothly into (0, 1): log odds become a probability.
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

// y = 1 / (1 + exp(-x)),  dx = dy y (1 - y).
//
// Shapes: y as x, any. Works in place.
class Logistic : public Layer {
 public:
  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  Description describe() const override;
};

using Sigmoid = Logistic;  // the name under which other tools know it

}  // namespace cambium
