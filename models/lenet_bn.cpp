#include "cambium/models/lenet_bn.h"

#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/conv2d.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/pooling/max_pool2d.h"
#include "cambium/layers/shape/flatten.h"

namespace cambium::models {

// Pooling comes first after each convolution, so that the norm and all behind it see a quarter of the values; on held-back digits
// that is as good as the usual order. The hidden layer is cheap beside the convolutions, and makes up for their few filters.
Sequential lenet_bn(const Shape& input, int classes) {
  // clang-format off
  return Sequential(input,
      BatchNorm(for_input),
      Conv2d(8, {.kernel = 5, .bias = false}), MaxPool2d(2), BatchNorm(), Affine(), Relu(),
      Conv2d(16, {.kernel = 5, .bias = false}), MaxPool2d(2), BatchNorm(), Affine(), Relu(),
      Flatten(), Dense(128, {.bias = false}), BatchNorm(), Affine(), Relu(),
      Dense(classes));
  // clang-format on
}

Recipe lenet_bn_recipe() {
  return {.name = "lenet_bn",
          .about = "two small convolutions and a hidden layer with batch norm",
          .model = [](const Shape& input, int classes) -> Graph { return lenet_bn(input, classes); },
          .optimizer = "adamw",
          .rate = 2e-2,
          .schedule = "one_cycle",
          .batch = 64,
          .epochs = 3};
}

}  // namespace cambium::models
