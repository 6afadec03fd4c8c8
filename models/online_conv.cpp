#include "cambium/models/online_conv.h"

#include "cambium/layers/affine.h"
#include "cambium/layers/conv2d.h"
#include "cambium/layers/dense.h"
#include "cambium/layers/flatten.h"
#include "cambium/layers/max_pool2d.h"
#include "cambium/layers/online_norm.h"
#include "cambium/layers/relu.h"

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
  return {.name = "online_conv",
          .about = "two convolutions with online norm",
          .model = [](const Shape& input, int classes) -> Graph { return online_conv(input, classes); },
          .optimizer = "adamw",
          .rate = 1.5e-2,
          .schedule = "one_cycle",
          .batch = 64,
          .epochs = 3};
}

}  // namespace cambium::models
