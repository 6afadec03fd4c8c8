// Where everything that a plan writes lies in memory, and for how long.
#pragma once

#include "cambium/framework/graph/weights.h"
#include "cambium/framework/planning/plan_options.h"
#include "cambium/framework/planning/timetable.h"

namespace cambium {

// The distance from the partial gradients of one slice to those of the next, in values of `real`.
std::size_t partial_stride(const ScheduledOp& op, const Weights& weights);

// Gives every value, gradient and saved buffer of the timetable a buffer, and every buffer its offset. All else is there already.
void plan_memory(Timetable& timetable, const Weights& weights, const PlanOptions& options);

// All that a plan writes, run by so many threads.
inline std::size_t memory_of(const Timetable& t, int threads) {
  return t.bytes + (t.workspace_per_thread + t.local_per_thread + t.block_per_thread) * as_size(threads);
}

}  // namespace cambium
