// What predictions have in common, for the files that make some.
#pragma once

#include <span>
#include <vector>

#include "cambium/framework/planning/plan.h"
#include "cambium/framework/training/loss.h"

namespace cambium {

// Throws unless these are samples for the model, at least one, and as many of each input.
void check_prediction_inputs(const Graph& graph, std::span<const ConstView> inputs);

// Every output for every sample, in batches of the plan. Error where there is no memory for them.
std::vector<std::vector<real>> all_outputs(Plan& plan, std::span<const ConstView> inputs);

// The class that each sample is taken for, or each position of each.
void append_labels(const Loss& loss, const ConstView& y, std::vector<int>& labels);

}  // namespace cambium
