// Lets positive values through and stops the others.
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

// y = max(x, 0),  dx = dy where y > 0, else 0; NaN stays NaN.
//
// Shapes: y as x, any. Works in place.
class Relu : public Layer {
 public:
  Needs plan(const Setting& setting) const override;
  void forward(const Pass& pass, Rows rows) const noexcept override;
  void backward(const Back& back, Rows rows) const noexcept override;
  Description describe() const override;
};

}  // namespace cambium
