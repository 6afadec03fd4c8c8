// The network of conv_bn.h with online norm in place of batch norm: nothing in it needs a batch.
#pragma once

#include "cambium/models/recipe.h"

namespace cambium::models {

Sequential online_conv(const Shape& input = {1, 28, 28}, int classes = 10);
Recipe online_conv_recipe();

}  // namespace cambium::models
