// LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document recognition", in today's form: max
// pooling, Relu, and softmax at the end.
#pragma once

#include "cambium/models/recipe.h"

namespace cambium::models {

Sequential lenet5(const Shape& input = {1, 28, 28}, int classes = 10);
Recipe lenet5_recipe();

}  // namespace cambium::models
