#include "cambium/models/online_conv.h"

#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/conv2d.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/pooling/max_pool2d.h"
#include "cambium/layers/shape/flatten.h"
#include "cambium/models/conv_bn.h"

namespace cambium::models {

Sequential online_conv(const Shape& input, int classes) {
  // clang-format off
  return Sequential(input,
      OnlineNorm(for_input),
      Conv2d(8, {.kernel = 5, .pad = 2, .bias = false}), OnlineNorm(), Affine(), Relu(), MaxPool2d(2),
      Conv2d(32, {.kernel = 5, .bias = false}), OnlineNorm(), Affine(), Relu(), MaxPool2d(2),
      Flatten(), Dense(classes));
  // clang-format on
}

Recipe online_conv_recipe() {
  Recipe recipe = conv_bn_recipe();
  recipe.name = "online_conv";
  recipe.about = "two convolutions with online norm";
  recipe.model = [](const Shape& input, int classes) -> Graph { return online_conv(input, classes); };
  return recipe;
}

}  // namespace cambium::models
