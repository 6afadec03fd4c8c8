// Columns that a model without a norm at its input cannot learn from.
#pragma once

#include "apps/train/data.h"
#include "apps/train/options.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/graph/graph.h"

namespace train {

// A warning, with what to type, where the weights of the first layer meet the columns of a table as they are, and the root of the
// mean square of one of them, in the first 1,000 training samples, is above 10: prices, years. The gradient of its weights is as
// many times that of a column of about 1, and no rate suits both.
void look_at_scale(const Options& options, const Data& data, const cambium::Dataset& training, const cambium::Graph& model);

}  // namespace train
