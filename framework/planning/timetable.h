// The decisions behind a plan: which ops run in which order, on which buffers, and when each buffer is in use.
//
// Time is counted in stages (stages.h): those of the forward pass, then the loss, then those of the backward pass. What lies in one
// stage may be in use at the same time, on different samples.
#pragma once

#include <vector>

#include "cambium/framework/planning/scheduled_op.h"
#include "cambium/framework/planning/stages.h"

namespace cambium {

// A value that ops write and read: a batch of samples of one shape. Buffers are indices into Timetable::buffers, -1 for none.
struct ScheduledTensor {
  Shape shape;
  int producer = -1;           // -1: comes from outside
  std::vector<int> readers{};  // ops, once for each of their inputs that reads it
  int source = -1;             // the tensor whose values these are, under another shape
  bool observed = false, is_output = false;
  bool needs_gradient = false;
  int value = -1, gradient = -1;
  int last_read = -1;
  std::vector<int> recompute{};  // ops that compute it once more on the way back, in order; none where it is kept
  int first_recompute = -1;      // of Timetable::recomputes
  int recomputed = -1;           // the buffer
};

// An op that runs forward once more, from and into these buffers; -1 for what comes from outside.
struct ScheduledRecompute {
  int op;
  std::vector<int> x{};
  int y = -1;
};

struct Buffer {
  std::size_t bytes = 0;       // for the planned batch
  std::size_t per_sample = 0;  // of a tensor; else 0
  int first = 0, last = 0;     // the first and last op that use it, forward and then backward
  int first_stage = 0, last_stage = 0;
  bool whole = false;  // an op needs all samples at once
  bool observed = false;
  bool local = false;      // holds one chunk, in memory of each thread's own
  std::size_t offset = 0;  // in the plan's memory, or the thread's
};

struct Timetable {
  std::vector<ScheduledOp> ops;
  Stages stages;
  std::vector<ScheduledTensor> tensors;
  std::vector<int> inputs, outputs;  // tensors
  std::vector<ScheduledRecompute> recomputes;
  std::vector<Buffer> buffers;
  std::size_t bytes = 0, local_per_thread = 0, workspace_per_thread = 0;
  std::size_t block_per_thread = 0;  // of gradients that are not kept
  bool has_backward = false;

  // Time by ops: op p runs forward at p and backward at 2n - p; the loss comes between, at n.
  int back_time(int p) const { return 2 * static_cast<int>(ops.size()) - p; }
  int end_time() const { return has_backward ? back_time(0) + 1 : static_cast<int>(ops.size()); }
};

}  // namespace cambium
