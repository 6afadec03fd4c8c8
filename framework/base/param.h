// What a layer owns in Weights: parameters, which are trained, and state, which it remembers.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "cambium/framework/base/init.h"
#include "cambium/framework/base/size.h"
#include "cambium/framework/kernels/real.h"

namespace cambium {

// A parameter: trained, saved, and updated by the optimizer.
struct Param {
  std::string name;  // "weight", "bias", "gamma", "beta"
  std::vector<int> sizes;
  Initializer init;
  int fan_in = 1, fan_out = 1;
  bool decay = true;  // weight decay applies; false for biases and normalization

  std::size_t values() const { return product_of(sizes).value_or(0); }
};

// What a number of state can be: finite, and between these. Anything else is refused when it is saved or loaded.
struct Allowed {
  double least = std::numeric_limits<double>::lowest(), most = std::numeric_limits<double>::max();
  bool whole = false;
  bool holds(double value) const;
  std::string str() const;  // "a whole number from 0 to 9007199254740992"
};
namespace allowed {
// An average of values of `real`; how far they lie apart, and its square; how often something happened.
inline constexpr Allowed value{static_cast<double>(std::numeric_limits<real>::lowest()),
                               static_cast<double>(std::numeric_limits<real>::max())};
inline constexpr Allowed deviation{0, sizeof(real) == 4 ? 1e39 : std::numeric_limits<double>::max()};
inline constexpr Allowed variance{0, sizeof(real) == 4 ? 1e78 : std::numeric_limits<double>::max()};
inline constexpr Allowed count{0, 9007199254740992, true};
}  // namespace allowed

// State: what a layer remembers beside its parameters. Always double; saved, never trained.
struct State {
  std::string name;  // "running_mean"
  std::vector<int> sizes;
  double initial = 0;
  Allowed range = {};
};

}  // namespace cambium
