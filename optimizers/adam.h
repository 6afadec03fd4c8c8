// Steps of about the size of the rate, whatever the scale of the gradient.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cambium/optimizers/fused_first_order.h"

namespace cambium {

struct AdamOptions {
  double rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;  // in [0, 1)
  double epsilon = 1e-8;
  double weight_decay = 0;  // coupled: adds weight_decay w to the gradient, where the parameter takes decay
  Schedule schedule = {};
  double clip_norm = 0;  // 0: no clipping
  double clip_value = 0;

  template <class V>
  void fields(V&& visit) {
    visit("rate", rate), visit("beta1", beta1), visit("beta2", beta2), visit("epsilon", epsilon);
    visit("weight_decay", weight_decay), visit("schedule", schedule);
    visit("clip_norm", clip_norm), visit("clip_value", clip_value);
  }
};

// g = the gradient after clipping and penalties (fused_first_order.h); at step t = 1, 2, ... of this parameter, from m = v = 0
//   m = beta1 m + (1 - beta1) g,    v = beta2 v + (1 - beta2) g^2
//   w = w - rate mhat / (sqrt(vhat) + epsilon),    mhat = m / (1 - beta1^t),  vhat = v / (1 - beta2^t)
// t counts the steps that the parameter has moved in, as PyTorch does: one that was frozen, or had no gradient, begins small like
// all others when it joins them. After resume(steps) every parameter has moved so often.
// A gradient whose square is no number any more (above 1.8e19 in float) counts as not finite, unless it is clipped: v would be
// infinite, and the weight frozen for ever.
// Kingma, Ba 2015, "Adam"; epsilon stands outside the root and after the correction, as in PyTorch.
class Adam : public FusedFirstOrder {
 public:
  explicit Adam(AdamOptions options = {});  // throws Error for numbers that make no sense

  void begin(std::span<const Range> ranges) noexcept override;
  void resume(long steps) override;
  void state_dict(StateDict& dict) override;  // and how often each parameter has moved
  real largest_gradient() const noexcept override;
  Description describe() const override;

 protected:
  enum class Decay { coupled, decoupled };
  Adam(std::string kind, AdamOptions options, Decay decay);

 private:
  struct Correction {
    double mean = 1, square = 1;  // 1 - beta^t
  };
  // Of one parameter: in how many steps since resumed_ it has moved.
  struct Moved {
    std::size_t offset;
    long steps = 0;
    Correction correction = {};
  };
  void meet(std::span<const Range> ranges) override;
  bool run(const Range& range, std::size_t first, const GradientRows& gradient) noexcept override;
  Correction correction_at(long t) const noexcept;
  Moved* moved(const Range& range) noexcept;  // null for a range that `meet` did not see

  AdamOptions options_;
  Decay decay_;
  std::vector<Moved> moved_;  // in the order of their offsets
  long resumed_ = 0;
  Correction usual_;   // of whatever has moved in every step
  bool alike_ = true;  // and that is all that moves in this one
};

}  // namespace cambium
