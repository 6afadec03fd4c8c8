// Stochastic gradient descent, plain, with momentum, or with Nesterov's.
#pragma once

#include <cstddef>

#include "cambium/optimizers/fused_first_order.h"

namespace cambium {

struct SgdOptions {
  double rate = 0.01;
  double momentum = 0;      // in [0, 1)
  bool nesterov = false;    // needs a momentum
  double weight_decay = 0;  // coupled: adds weight_decay w to the gradient, where the parameter takes decay
  Schedule schedule = {};
  double clip_norm = 0;  // 0: no clipping
  double clip_value = 0;

  template <class V>
  void fields(V&& visit) {
    visit("rate", rate), visit("momentum", momentum), visit("nesterov", nesterov), visit("weight_decay", weight_decay);
    visit("schedule", schedule), visit("clip_norm", clip_norm), visit("clip_value", clip_value);
  }
};

// g = the gradient after clipping and penalties (fused_first_order.h), and from velocity = 0
//   velocity = momentum velocity + g
//   w = w - rate velocity                       plain and heavy ball (Polyak 1964)
//   w = w - rate (g + momentum velocity)        Nesterov, in the form of Sutskever et al. 2013
// These are PyTorch's, with dampening 0: the rate stands outside the velocity, so a schedule acts at once.
class Sgd : public FusedFirstOrder {
 public:
  explicit Sgd(const SgdOptions& options = {});  // throws Error for numbers that make no sense

  Description describe() const override;

 private:
  bool run(const Range& range, std::size_t first, const GradientRows& gradient) noexcept override;

  SgdOptions options_;
};

}  // namespace cambium
