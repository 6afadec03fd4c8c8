// What predictions have in common, for the files that make some.
#pragma once

#include <span>
#include <vector>

#include "cambium/framework/planning/plan.h"

namespace cambium {

// Throws unless these are samples for the model, at least one, and as many of each input.
void check_prediction_inputs(const Graph& graph, std::span<const ConstView> inputs);

// Every output for every sample, in batches of the plan.
std::vector<std::vector<real>> all_outputs(Plan& plan, std::span<const ConstView> inputs);

}  // namespace cambium
