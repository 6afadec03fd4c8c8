// Lets large values through, stops very negative ones, and bends smoothly in between.
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

struct SwishOptions {
  double slope = 1;  // the larger, the nearer to Relu

  template <class V>
  void fields(V&& visit) {
    visit("slope", slope);
  }
};

// y = x s,  dx = dy (s + slope x s (1 - s)),  with s = 1 / (1 + exp(-slope x)). Ramachandran, Zoph, Le 2017.
//
// Shapes: y as x, any. Keeps x. Throws Error unless the slope is above 0 and finite.
class Swish : public Layer {
 public:
  explicit Swish(SwishOptions options = {});

  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  Description describe() const override;

 private:
  SwishOptions options_;
};

}  // namespace cambium
