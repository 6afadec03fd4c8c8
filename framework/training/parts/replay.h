// Where in a step the first number was that is not finite.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cambium/framework/data/batch.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/planning/plan.h"

namespace cambium {

// A step that is to be computed once more, on weights and state as they were before it: nothing of it was taken yet.
struct Replay {
  const Graph& graph;
  const Weights& weights;
  const Batch& batch;
  const Dataset& data;   // which the batch is of
  std::uint64_t number;  // of the forward pass
  std::shared_ptr<ThreadPool> pool;
  std::function<double(Plan&)> loss;  // of the plan's outputs, with its gradients
};

// Computes the step layer by layer, with nothing fused, and looks at all of it in order: the parameters, the state and the
// activation of each layer, on the way forward; then the loss; and on the way back the gradient that reaches each layer, those of
// its parameters, and the state that the step would leave.
//     "the activation of relu_2 is inf at [3, 0, 1] of row 17"
// Empty where all of it is finite, as where rounding differs when layers are fused.
std::string first_not_finite(const Replay& step);

}  // namespace cambium
