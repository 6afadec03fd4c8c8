// The decisions behind a plan: which passes run in which order, on which buffers, and when each buffer is in use.
//
// Time is counted in stages (stages.h): those of the forward pass, then the loss, then those of the backward pass. What lies in one
// stage may be in use at the same time, on different samples.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/graph/graph.h"
#include "cambium/framework/graph/plan.h"
#include "cambium/framework/planning/stages.h"

namespace cambium {

// A value that passes write and read: a batch of samples of one shape. Buffers are indices into Timetable::buffers, -1 for none.
struct ScheduledTensor {
  Shape shape;
  int producer = -1;           // -1: comes from outside
  std::vector<int> readers{};  // passes, once for each of their inputs that reads it
  int source = -1;             // the tensor whose values these are, under another shape
  bool observed = false, is_output = false;
  bool wants_gradient = false;
  int value = -1, gradient = -1;
  int last_read = -1;
  std::vector<int> again{};  // passes that compute it once more on the way back, in order, into `anew`; none where it is kept
  int anew = -1;
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
  std::vector<int> reads;    // the entries whose values it takes, and the one whose value it makes
  int makes = -1;
  Mode mode = Mode::evaluate;  // the plan's; or evaluate, where the layer is held: Weights::mode_of
  bool held = false;
  Needs needs;
  std::vector<int> in;  // tensors
  int out = -1;
  std::vector<int> params, states;  // indices into Weights
  bool is_reshape = false;
  bool folded = false;
  bool goes_back = false;  // takes part in the backward pass
  bool trainable = false;  // has parameters that are not frozen
  bool observed = false;
  std::vector<ScheduledGradient> dx;
  std::vector<int> keep;
  int gathered = -1, gathered_back = -1, partial_gradients = -1;
  int sums = -1;  // of partial gradients in double, for a batch that needs them

  // Its gradient is made after the calls of its stage, from all samples.
  bool completes_late() const { return trainable && needs.cut == GradientCut::outputs && !needs.dx_may_be_dy; }
};

// A pass that runs forward once more, from and into these buffers; -1 for what comes from outside.
struct ScheduledAgain {
  int pass;
  std::vector<int> x;
  int y;
};

struct Buffer {
  std::size_t bytes = 0;       // for the planned batch
  std::size_t per_sample = 0;  // of a tensor; else 0
  int first = 0, last = 0;     // the first and last pass that use it, forward and then backward
  int first_stage = 0, last_stage = 0;
  bool whole = false;  // somebody wants all samples at once
  bool observed = false;
  bool local = false;      // holds one chunk, in memory of each lane's own
  std::size_t offset = 0;  // in the plan's memory, or the lane's
};

struct Timetable {
  std::vector<ScheduledPass> passes;
  Stages stages;
  std::vector<ScheduledTensor> tensors;
  std::vector<int> inputs, outputs;  // tensors
  std::vector<ScheduledAgain> again;
  std::vector<Buffer> buffers;
  std::size_t bytes = 0, local_per_lane = 0, scratch_per_lane = 0, strip_per_lane = 0;  // strip: of gradients that are not kept
  bool has_backward = false;

  // Time by passes: pass p runs forward at p and backward at 2n - p; the loss comes between, at n.
  int back_time(int p) const { return 2 * static_cast<int>(passes.size()) - p; }
  int end_time() const { return has_backward ? back_time(0) + 1 : static_cast<int>(passes.size()); }
};

Timetable make_timetable(const Graph& graph, const Weights& weights, const PlanOptions& options, Isa isa);

// A line for every pass, in order: what was fused, its output, FLOPs and bytes for the batch, the stage that it runs in, and what
// is special about it.
std::string summary_of(const Timetable& timetable, int batch, std::size_t arena_bytes);

// The distance from the partial gradients of one piece to those of the next, in values of `real`.
std::size_t partial_stride(const ScheduledPass& pass, const Weights& weights);

}  // namespace cambium
