// What to say of a step that met a number that is none.
#pragma once

#include <string>

#include "cambium/framework/planning/plan.h"

namespace cambium {

constexpr const char* after_the_step = " after the step";  // ends what is said of something that the step itself has left

// The first that there is of: a weight, a moment of the optimizer, a gradient (of the layer nearest to the loss, from which it
// spread), a state that would have become so. "the weight dense_1.weight is not finite after the step", "the moment v of
// dense_1.weight ...", "the gradient of dense_1.weight is not finite", or "... reaches 1e+21, and adam takes at most 1.84e+19".
std::string what_is_not_finite(const Plan& plan, Weights& weights, Optimizer& optimizer);

}  // namespace cambium
