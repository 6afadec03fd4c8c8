#include "cambium/models/mlp_bn.h"

#include "cambium/layers/activation/activation_clamp.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/regularization/dropout.h"
#include "cambium/layers/shape/flatten.h"

namespace cambium::models {

Sequential mlp_bn(const Shape& input, int classes) {
  // clang-format off
  return Sequential(input, Flatten(),
      OnlineNorm(for_input), ActivationClamp(3), BatchNorm(),  // takes columns of any scale, however far out their cells are
      Dense(128, {.bias = false}), BatchNorm(), Affine(), Relu(), Dropout(0.2),
      Dense(64, {.bias = false}), BatchNorm(), Affine(), Relu(), Dropout(0.2),
      Dense(classes));
  // clang-format on
}

Recipe mlp_bn_recipe() {
  return {.name = "mlp_bn",
          .about = "128 and 64 hidden units with batch norm, for tables with classes",
          .model = [](const Shape& input, int classes) -> Graph { return mlp_bn(input, classes); },
          .optimizer = "adamw",
          .rate = 4e-3,
          .schedule = "one_cycle",
          .batch = 64,
          .epochs = 20};
}

}  // namespace cambium::models
