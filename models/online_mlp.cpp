#include "cambium/models/online_mlp.h"

#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/shape/flatten.h"

namespace cambium::models {

// The input is normalized as the one channel that it is. Pixel by pixel it would not do: many of them are black for thousands of
// samples in a row, and the first stroke there would be thousands of deviations away from all that was seen before.
//
// The schedule begins with small steps because the statistics begin with few samples. With Tanh in place of Relu it ends almost one
// percent lower, and so it would with batch norm: values of variance 1 lie where tanh is nearly straight, and only gamma, which
// moves slowly, can bring them to where it bends. With({.rate = 10}, Affine()) makes up almost half of that.
Sequential online_mlp(const Shape& input, int classes) {
  // clang-format off
  return Sequential(input,
      OnlineNorm(for_input), Flatten(),
      Dense(100), OnlineNorm({.alpha_backward = 0.98}), Affine(), Relu(),
      Dense(classes));
  // clang-format on
}

Recipe online_mlp_recipe() {
  return {.name = "online_mlp",
          .about = "one hidden layer with online norm, learning from one sample at a time",
          .model = [](const Shape& input, int classes) -> Graph { return online_mlp(input, classes); },
          .optimizer = "sgd",
          .rate = 4e-2,
          .schedule = "one_cycle",
          .batch = 1,
          .epochs = 1};
}

}  // namespace cambium::models
