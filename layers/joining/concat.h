// Two or more inputs side by side, channel after channel.
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

// y = (x_0, x_1, ...) along the first size;  dx_k is its part of dy.
//
// Shapes: x_k (channels_k, ...), y (sum of the channels_k, ...); the other sizes must agree, and so their number. At least two
// inputs, else Error.
class Concat : public Layer {
 public:
  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  Description describe() const override;
};

}  // namespace cambium
