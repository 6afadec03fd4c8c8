// A second set of weights that follows the first.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>

#include "cambium/framework/base/state_dict.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/framework/planning/plan.h"

namespace cambium {

// w' = m w' + (1 - m) w, m = min(decay^k, n / (n + 9 k)) after every k-th of n steps, and the state as it is: averages are steady
// where single steps are restless (Polyak, Juditsky 1992), and so little happens in 8 steps that the others need not be looked at.
// Predicts in evaluate mode.
class AveragedModel {
 public:
  AveragedModel(const Graph& graph, const Weights& weights, double decay)
      : decay_(std::pow(decay, every)), weights_(weights.copy()), plan_(graph, weights_, {.batch = 1, .mode = Mode::evaluate}) {}

  // Before the first step they are the weights, wherever these came from meanwhile.
  ConstView forward(const Weights& of, const ConstView& x, std::int64_t steps) {
    if (steps == 0) std::ranges::copy(of.block(), weights_.block().begin());
    const std::span<const double> state = of.state_block();
    std::copy(state.begin(), state.end(), weights_.state_block().begin());
    return plan_.forward(x);
  }
  void follow(const Weights& of, std::int64_t steps) noexcept {
    if (steps % every != 0) return;
    const auto n = static_cast<double>(steps);
    const auto m = static_cast<real>(std::min(decay_, n / (n + 9 * every)));
    kernels(best_isa()).elementwise.follow(of.block().data(), m, weights_.block().data(), of.block().size());
  }
  Weights& weights() { return weights_; }
  void state_dict(StateDict& dict) {
    for (std::size_t i = 0; i < weights_.tensors().size(); ++i) {
      const Range& range = std::as_const(weights_).ranges()[i];
      dict.values(weights_.tensors()[i].name, weights_.block().subspan(range.offset, range.size));
    }
  }

 private:
  static constexpr int every = 8;
  double decay_;
  Weights weights_;
  Plan plan_;
};

}  // namespace cambium
