// Which entries of a graph take part in a plan.
#pragma once

#include <vector>

#include "cambium/framework/graph/graph.h"
#include "cambium/framework/planning/plan_options.h"

namespace cambium {

// Those that the outputs depend on, back to the inputs, or to the input of `start`.
struct Selection {
  std::vector<bool> needed, observed;  // by entry
  std::vector<int> inputs, outputs;    // entries

  bool is_input(int entry) const;
  bool is_output(int entry) const;
  bool computes(int entry) const { return needed[as_size(entry)] && !is_input(entry); }
};

// Errors: unknown names; a start that has several inputs, or that the stop does not depend on, or not on it alone; a layer to
// observe that does not run.
Selection select(const Graph& graph, const PlanOptions& options);

}  // namespace cambium
