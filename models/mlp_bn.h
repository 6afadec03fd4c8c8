// Two hidden layers with batch norm, for tables: columns may have any scale.
#pragma once

#include "cambium/models/recipe.h"

namespace cambium::models {

Sequential mlp_bn(const Shape& input = {1, 28, 28}, int classes = 10);
Recipe mlp_bn_recipe();

}  // namespace cambium::models
