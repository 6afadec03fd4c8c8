// From the entries of a graph to the ops of a plan: most become one each, and a table of rules says which become one together.
#pragma once

#include <vector>

#include "cambium/framework/graph/weights.h"
#include "cambium/framework/planning/plan_options.h"
#include "cambium/framework/planning/scheduled_op.h"
#include "cambium/framework/planning/select.h"

namespace cambium {

// In the order of the graph. Everything is there but tensors and buffers. Throws what Layer::plan throws, and an Error where a spec
// contradicts itself.
std::vector<ScheduledOp> make_ops(const Graph& graph, const Weights& weights, const PlanOptions& options, Isa isa,
                                  const Selection& selection, bool backward);

}  // namespace cambium
