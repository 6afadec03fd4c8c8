// Training with a random part of the values left out, so that no value can rely on another.
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

struct DropoutOptions {
  double rate = 0.5;  // the probability that a value is left out, in [0, 1)

  template <class V>
  void fields(V&& visit) {
    visit("rate", rate);
  }
};

// In training y_i = x_i / (1 - rate) with probability 1 - rate, else 0: the mean stays, and evaluation need not know (inverted
// dropout). dx_i is dy_i under the same choice, which is drawn again from the pass's random stream instead of being kept.
// In evaluate and adapt mode y = x.
//
// Shapes: y as x. Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014. Throws Error for a rate outside [0, 1).
class Dropout : public Layer {
 public:
  explicit Dropout(double rate) : Dropout(DropoutOptions{.rate = rate}) {}
  explicit Dropout(DropoutOptions options = {});

  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  Description describe() const override;

 private:
  void drop(const Context& ctx, ConstView from, View to, Slice slice) const noexcept;

  DropoutOptions options_;
};

}  // namespace cambium
