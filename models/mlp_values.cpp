#include "cambium/models/mlp_values.h"

#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/shape/flatten.h"
#include "cambium/models/mlp_bn.h"

namespace cambium::models {

Sequential mlp_values(const Shape& input, int outputs) {
  // clang-format off
  return Sequential(input, Flatten(),
      OnlineNorm(for_input),
      Dense(128, {.bias = false}), BatchNorm(), Affine(), Relu(),
      Dense(64, {.bias = false}), BatchNorm(), Affine(), Relu(),
      Dense(outputs));
  // clang-format on
}

Recipe mlp_values_recipe() {
  Recipe recipe = mlp_bn_recipe();
  recipe.name = "mlp_values", recipe.about = "128 and 64 hidden units with batch norm, for tables with values";
  recipe.model = [](const Shape& input, int outputs) -> Graph { return mlp_values(input, outputs); };
  return recipe;
}

}  // namespace cambium::models
