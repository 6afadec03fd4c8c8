// From a graph to a timetable: select, rewrite (fuse, fold, swap), tensors, gradients, stages, recompute, memory.
#pragma once

#include "cambium/framework/graph/weights.h"
#include "cambium/framework/planning/plan_options.h"
#include "cambium/framework/planning/timetable.h"

namespace cambium {

Timetable make_timetable(const Graph& graph, const Weights& weights, const PlanOptions& options, Isa isa);

}  // namespace cambium
