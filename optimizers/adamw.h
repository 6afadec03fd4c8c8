// Adam whose weight decay does not pass through the moments.
#pragma once

#include "cambium/optimizers/adam.h"

namespace cambium {

struct AdamWOptions {
  double rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;  // in [0, 1)
  double epsilon = 1e-8;
  double weight_decay = 0.01;  // decoupled: w is multiplied by 1 - rate weight_decay, where the parameter takes decay
  Schedule schedule = {};
  double clip_norm = 0;  // 0: no clipping
  double clip_value = 0;

  AdamOptions as_adam() const { return {rate, beta1, beta2, epsilon, weight_decay, schedule, clip_norm, clip_value}; }

  template <class V>
  void fields(V&& visit) {
    visit("rate", rate), visit("beta1", beta1), visit("beta2", beta2), visit("epsilon", epsilon);
    visit("weight_decay", weight_decay), visit("schedule", schedule);
    visit("clip_norm", clip_norm), visit("clip_value", clip_value);
  }
};

// w = (1 - rate weight_decay) w, and then the step of Adam, whose gradient does not hear of the decay. The rate is the one of
// this step, with the schedule and the range's factor in it. Penalties from a range's settings go into the gradient, as always.
// Loshchilov, Hutter 2019, "Decoupled weight decay regularization"; the default decay is PyTorch's.
class AdamW : public Adam {
 public:
  explicit AdamW(const AdamWOptions& options = {}) : Adam("adamw", options.as_adam(), Decay::decoupled) {}
};

}  // namespace cambium
