// What is set for the parameters of a layer, and one parameter as an optimizer sees it.
#pragma once

#include <cstddef>
#include <optional>

#include "cambium/framework/kernels/real.h"

namespace cambium {

// What the user sets for the parameters of one layer.
struct ParamSettings {
  double rate = 1;                 // factor on the learning rate
  bool freeze = false;             // not trained; its statistics are held, and it runs as in evaluate mode by them
  bool moving_statistics = false;  // with freeze: they move all the same
  double l1 = 0, l2 = 0;           // penalties l1 |w| and l2 w^2 / 2 in the loss: the gradient gets l1 sign(w) + l2 w
  double limit = 0;                // |w| at most this after every step; 0: no limit

  template <class V>
  void fields(V&& visit) {
    visit("rate", rate), visit("freeze", freeze), visit("moving_statistics", moving_statistics);
    visit("l1", l1), visit("l2", l2), visit("limit", limit);
  }
};

// Changes of these: what is not named stays as it was.
struct LayerSettings {
  std::optional<double> rate{};
  std::optional<bool> freeze{}, moving_statistics{};
  std::optional<double> l1{}, l2{}, limit{};

  ParamSettings applied_to(ParamSettings old) const {
    return {.rate = rate.value_or(old.rate),
            .freeze = freeze.value_or(old.freeze),
            .moving_statistics = moving_statistics.value_or(old.moving_statistics),
            .l1 = l1.value_or(old.l1),
            .l2 = l2.value_or(old.l2),
            .limit = limit.value_or(old.limit)};
  }
};

// To these, whatever was before.
inline LayerSettings changes_to(const ParamSettings& s) { return {s.rate, s.freeze, s.moving_statistics, s.l1, s.l2, s.limit}; }

// One parameter tensor as the optimizer sees it: a run of the flat blocks of weights and gradients.
struct Range {
  real* weight = nullptr;
  real* gradient = nullptr;
  std::size_t offset = 0;  // of both from the start of their blocks
  std::size_t size = 0;
  bool decay = true;  // weight decay applies
  ParamSettings settings;
  bool has_gradient = true;  // since the last step; else the weight stays, and so do its moments
};

}  // namespace cambium
