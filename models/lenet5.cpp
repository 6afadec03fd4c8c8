#include "cambium/models/lenet5.h"

#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/conv2d.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/pooling/max_pool2d.h"
#include "cambium/layers/shape/flatten.h"

namespace cambium::models {

// The padding of 2 stands for the 32x32 images of the paper, in which a digit is 20 pixels high.
Sequential lenet5(const Shape& input, int classes) {
  // clang-format off
  return Sequential(input,
      Conv2d(6, {.kernel = 5, .pad = 2}), Relu(), MaxPool2d(2),
      Conv2d(16, {.kernel = 5}), Relu(), MaxPool2d(2),
      Flatten(), Dense(120), Relu(), Dense(84), Relu(), Dense(classes));
  // clang-format on
}

Recipe lenet5_recipe() {
  return {.name = "lenet5",
          .about = "two convolutions and three dense layers, as in 1998",
          .model = [](const Shape& input, int classes) -> Graph { return lenet5(input, classes); },
          .optimizer = "adam",
          .rate = 3e-3,
          .schedule = "one_cycle",
          .batch = 64,
          .epochs = 5};
}

}  // namespace cambium::models
