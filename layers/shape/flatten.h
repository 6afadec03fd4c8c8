// The same values in one row, for layers that know no places.
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

// y = x,  dx = dy. Shapes: x any, y (size of x), channel by channel and row by row. A plan may let y and x share memory.
class Flatten : public Layer {
 public:
  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  Description describe() const override;
};

}  // namespace cambium
