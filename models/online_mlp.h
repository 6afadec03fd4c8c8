// A dense network with online norm that learns from one sample at a time.
#pragma once

#include "cambium/models/recipe.h"

namespace cambium::models {

Sequential online_mlp(const Shape& input = {1, 28, 28}, int classes = 10);
Recipe online_mlp_recipe();

}  // namespace cambium::models
