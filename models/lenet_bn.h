// Two small convolutions and a hidden layer, all with batch norm: as good as conv_bn.h, in half the time.
#pragma once

#include "cambium/models/recipe.h"

namespace cambium::models {

Sequential lenet_bn(const Shape& input = {1, 28, 28}, int classes = 10);
Recipe lenet_bn_recipe();

}  // namespace cambium::models
