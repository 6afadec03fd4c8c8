// Two hidden layers with batch norm, for tables with values: columns may have any scale, and their cells reach as far as they do.
#pragma once

#include "cambium/models/recipe.h"

namespace cambium::models {

// mlp_bn without clamp and dropout: what is twice as large may be worth twice as much.
Sequential mlp_values(const Shape& input = {1, 28, 28}, int outputs = 1);
Recipe mlp_values_recipe();

}  // namespace cambium::models
