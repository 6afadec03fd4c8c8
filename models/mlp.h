// Two hidden layers, every unit connected to every one before it.
#pragma once

#include "cambium/models/recipe.h"

namespace cambium::models {

Sequential mlp(const Shape& input = {1, 28, 28}, int classes = 10);
Recipe mlp_recipe();

}  // namespace cambium::models
