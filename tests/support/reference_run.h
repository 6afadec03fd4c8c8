// A graph computed without a plan: layer after layer, every tensor in memory of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "cambium/framework/graph/graph.h"
#include "cambium/framework/graph/weights.h"
#include "cambium/framework/planning/timetable.h"

namespace cambium {

// How the calls on one entry of the graph are cut: those that find the sums that it merges, those on samples, and gradients by
// outputs, so many at a time. It shows in the last bits.
struct ReferenceCut {
  BatchCut sums, samples;
  int outputs;
};
using ReferenceCuts = std::function<ReferenceCut(int entry, bool backward, const LayerSpec& spec)>;
ReferenceCuts all_at_once(int batch);
ReferenceCuts drawn_cuts(int batch, std::uint64_t seed);       // another for each entry and direction
ReferenceCuts cuts_of(const Timetable& timetable, int batch);  // of a plan; the timetable must stay

// What one pass leaves, by entry of the graph. Fan-out is added up in the order in which a plan does it, so that an unfused plan
// that cuts in the same way must agree in every bit.
struct ReferenceRun {
  std::vector<std::vector<real>> values;           // of the entry's output; of an input of the model, the input
  std::vector<std::vector<real>> gradients;        // the same for the gradient, summed over all readers
  std::vector<std::vector<std::vector<real>>> dx;  // by entry and input: what this layer sends back there
  std::vector<real> weight_gradients;              // as Weights::gradient_block, 0 where there is none
  std::vector<double> next_state;                  // as Weights::state_block
};

// `output_gradients`, by output of the graph; empty: only the forward pass. Without cuts: all samples at once.
ReferenceRun run_reference(const Graph& graph, Weights& weights, std::span<const ConstView> inputs,
                           const std::vector<std::vector<real>>& output_gradients, Mode mode, const ReferenceCuts& cuts = {});

// The largest L2 distance of two tensors of one name, beside the length of the first; infinite where one is not finite.
double apart(const ReferenceRun& a, const ReferenceRun& b);

}  // namespace cambium
