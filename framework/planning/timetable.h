// The decisions behind a plan: which ops run in which order, on which buffers, and when each buffer is in use.
//
// Time is counted in stages (stages.h): those of the forward pass, then the loss, then those of the backward pass. What lies in one
// stage may be in use at the same time, on different samples; on the same samples, ops come one after the other.
#pragma once

#include <compare>
#include <vector>

#include "cambium/framework/planning/scheduled_op.h"
#include "cambium/framework/planning/stages.h"

namespace cambium {

struct Time {
  int stage = 0;
  int op = 0;  // of n ops, p runs forward at p and backward at 2n - p; the loss comes between, at n
  friend auto operator<=>(const Time&, const Time&) = default;
};

// A value that ops write and read: a batch of samples of one shape. Buffers are indices into Timetable::buffers, -1 for none.
struct ScheduledTensor {
  Shape shape;
  int producer = -1;           // -1: comes from outside
  std::vector<int> readers{};  // ops, once for each of their inputs that reads it
  int source = -1;             // the tensor whose values these are, under another shape
  bool observed = false, is_output = false;
  bool needs_gradient = false;
  int value = -1, gradient = -1;
  Time last_read{-1, -1};
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
  Time first{}, last{};        // in use
  bool whole = false;          // an op needs all samples at once
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

  Time forward_time(int p) const { return {stages.forward_of[as_size(p)], p}; }
  Time loss_time() const { return {static_cast<int>(stages.forward.size()), static_cast<int>(ops.size())}; }
  Time backward_time(int p) const { return {loss_time().stage + 1 + stages.backward_of[as_size(p)], 2 * loss_time().op - p}; }
  Time end_time() const {
    return has_backward ? Time{loss_time().stage + 1 + static_cast<int>(stages.backward.size()), 2 * loss_time().op + 1}
                        : loss_time();
  }
  const Stage& stage_at(Time time) const {
    return time < loss_time() ? stages.forward[as_size(time.stage)] : stages.backward[as_size(time.stage - loss_time().stage - 1)];
  }
};

}  // namespace cambium
