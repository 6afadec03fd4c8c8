#include "cambium/models/mlp.h"

#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/shape/flatten.h"

namespace cambium::models {

Sequential mlp(const Shape& input, int classes) {
  return Sequential(input, Flatten(), Dense(256), Relu(), Dense(128), Relu(), Dense(classes));
}

Recipe mlp_recipe() {
  return {.name = "mlp",
          .about = "784-256-128-10, every unit connected to all before it",
          .model = [](const Shape& input, int classes) -> Graph { return mlp(input, classes); },
          .optimizer = "adam",
          .rate = 1e-3,
          .schedule = "one_cycle",
          .batch = 64,
          .epochs = 5};
}

}  // namespace cambium::models
