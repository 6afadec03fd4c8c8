#include "cambium/models/conv_bn.h"

#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/conv2d.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/pooling/max_pool2d.h"
#include "cambium/layers/shape/flatten.h"

namespace cambium::models {

// Convolutions without a bias: batch norm would take it away again, and Affine has one.
Sequential conv_bn(const Shape& input, int classes) {
  // clang-format off
  return Sequential(input,
      BatchNorm(for_input),  // takes any pixel range
      Conv2d(8, {.kernel = 5, .pad = 2, .bias = false}), BatchNorm(), Affine(), Relu(), MaxPool2d(2),
      Conv2d(32, {.kernel = 5, .bias = false}), BatchNorm(), Affine(), Relu(), MaxPool2d(2),
      Flatten(), Dense(classes));
  // clang-format on
}

Recipe conv_bn_recipe() {
  return {.name = "conv_bn",
          .about = "two convolutions with batch norm",
          .model = [](const Shape& input, int classes) -> Graph { return conv_bn(input, classes); },
          .optimizer = "adamw",
          .rate = 1.5e-2,
          .schedule = "one_cycle",
          .batch = 64,
          .epochs = 3};
}

}  // namespace cambium::models
