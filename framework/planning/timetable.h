// The decisions behind a plan: which passes run in which order, on which buffers, and when each buffer is in use.
//
// With n passes, pass i runs forward at time i and backward at time 2n - i; the loss comes between, at time n.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/graph/graph.h"
#include "cambium/framework/graph/plan.h"

namespace cambium {

// A value that passes write and read: a batch of samples of one shape. Buffers are indices into Timetable::buffers, -1 for none.
struct ScheduledTensor {
  Shape shape;
  int producer = -1;         // -1: comes from outside
  std::vector<int> readers{};  // passes, once for each of their inputs that reads it
  int source = -1;           // the tensor whose values these are, under another shape
  bool observed = false, is_output = false;
  bool wants_gradient = false;
  int value = -1, gradient = -1;
  int last_read = -1;
};

// Where the gradient of one input goes: into `buffer`, and from there, when target is not -1, is copied or added into the target.
struct ScheduledGradient {
  bool wanted = false;
  int buffer = -1, target = -1;
  bool add = false;
};

struct ScheduledPass {
  std::shared_ptr<const Layer> layer;
  std::string name;
  std::vector<int> entries;  // of the graph; more than one when fused
  Needs needs;
  std::vector<int> in;       // tensors
  int out = -1;
  std::vector<int> params, states;  // indices into Weights
  bool is_reshape = false;
  bool folded = false;       // settles only when weights or state have moved; its rooms last as long as the plan
  bool goes_back = false;    // takes part in the backward pass
  bool trainable = false;    // has parameters that are not frozen
  bool observed = false;
  std::vector<ScheduledGradient> dx;
  std::vector<int> keep;
  int gathered = -1, gathered_back = -1, partial_gradients = -1;
};

struct Timetable {
  std::vector<ScheduledPass> passes;
  std::vector<ScheduledTensor> tensors;
  std::vector<int> inputs, outputs;  // tensors
  std::vector<Lifetime> buffers;
  std::size_t scratch_per_lane = 0;
  bool has_backward = false;
};

Timetable make_timetable(const Graph& graph, const Weights& weights, const PlanOptions& options, Isa isa);

// A line for every pass, in order: what was fused, its output, FLOPs and bytes for the batch, and what is special about it.
std::string summary_of(const Timetable& timetable, int batch, std::size_t arena_bytes);

// Into how many pieces a batch is cut: enough work for each to be worth handing out, at most `most_pieces`. Depends on the layer
// and the batch alone, never on the number of threads, since where a batch is cut shows in the last bits.
constexpr int most_pieces = 8;
int pieces_for(const Needs& needs, int batch);
int gradient_parts_for(const Needs& needs, int batch);
// The distance from the partial gradients of one piece to those of the next, in values of `real`.
std::size_t partial_stride(const ScheduledPass& pass, const Weights& weights);

}  // namespace cambium
