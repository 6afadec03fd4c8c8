// Presses every value smoothly into (-1, 1).
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

// y = tanh x,  dx = dy (1 - y^2).
//
// Shapes: y as x, any. Works in place.
class Tanh : public Layer {
 public:
  Needs plan(const Setting& setting) const override;
  void forward(const Pass& pass, Rows rows) const noexcept override;
  void backward(const Back& back, Rows rows) const noexcept override;
  Description describe() const override;
};

}  // namespace cambium
