// One weighted sum of the pixels for each class: the least that can be called a network.
#pragma once

#include "cambium/models/recipe.h"

namespace cambium::models {

Sequential linear(const Shape& input = {1, 28, 28}, int classes = 10);
Recipe linear_recipe();

}  // namespace cambium::models
