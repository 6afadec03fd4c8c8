// A graph computed without a plan: layer after layer, every tensor in memory of its own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cambium/framework/graph/graph.h"
#include "cambium/framework/graph/weights.h"

namespace cambium {

// What one pass leaves, by entry of the graph. Batches are cut as a plan cuts them, and fan-out is added up in the order in which a
// plan does it, so that an unfused plan must agree in every bit.
struct ReferenceRun {
  std::vector<std::vector<real>> values;           // of the entry's output; of an input of the model, the input
  std::vector<std::vector<real>> gradients;        // the same for the gradient, summed over all readers
  std::vector<std::vector<std::vector<real>>> dx;  // by entry and input: what this layer sends back there
  std::vector<real> weight_gradients;              // as Weights::gradient_block, 0 where there is none
  std::vector<double> next_state;                  // as Weights::state_block
};

// `output_gradients`, by output of the graph; empty: only the forward pass.
ReferenceRun run_reference(const Graph& graph, Weights& weights, std::span<const ConstView> inputs,
                           const std::vector<std::vector<real>>& output_gradients, Mode mode, std::uint64_t pass_number = 0);

}  // namespace cambium
