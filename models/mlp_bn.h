// Two hidden layers with batch norm, for tables with classes: columns may have any scale.
#pragma once

#include "cambium/models/recipe.h"

namespace cambium::models {

// In a column of amounts, one cell in a hundred may stand ten deviations out, and what the others say gets lost beside it. The
// first norm goes by all rows that came before, since the deviation of a batch of such a column is mostly another one than that of
// the column; what is further out than three deviations counts as three; and what is left has deviation 1 again, so that a rare
// event stays as loud as it was. Dropout, since tables have few rows. For values see mlp_values.h: there it counts how far out a
// cell is, and dropout is no good.
Sequential mlp_bn(const Shape& input = {1, 28, 28}, int classes = 10);
Recipe mlp_bn_recipe();

}  // namespace cambium::models
