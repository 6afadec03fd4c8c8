// Two convolutions with batch norm: small, quick, and 99 % on MNIST after three epochs.
#pragma once

#include "cambium/models/recipe.h"

namespace cambium::models {

Sequential conv_bn(const Shape& input = {1, 28, 28}, int classes = 10);
Recipe conv_bn_recipe();

}  // namespace cambium::models
