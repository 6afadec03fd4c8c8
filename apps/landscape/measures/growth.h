// What one step that is too long does to the layers above each other, and how the gradient that leads there is spread.
//
// Bjorck, Gomes, Selman, Weinberger 2018, "Understanding Batch Normalization", sections 2 and 3. From a point w with gradient g, on
// one batch, with z_l what comes out of the weights of layer l before any norm:
//   growth  rms z_l(w - rate g) / rms z_l(w)     of each layer
//   loss    L(w - rate g) / L(w)
//   tails   kurtosis  mean g^4 / (mean g^2)^2    over the weights of one layer: 3 where they are normal numbers
// Without a norm each layer passes on what the one below has added to it, so that the factors multiply.
#pragma once

#include <vector>

#include "apps/landscape/networks.h"
#include "apps/landscape/training.h"

namespace landscape {

struct Growth {
  std::vector<Vector> growth;  // [rate][layer - 1]
  Vector loss;                 // [rate]
  Vector gradient;             // of the weights of the middle layer, divided by their rms
  double kurtosis = 0;
};

struct GrowthOptions {
  Layers layers = {.depth = 20};
  Training training = {.steps = 50, .rate = 0.02};  // that lead to w; 0 steps: the start
  Vector rates{0.1, 0.3, 1, 3};
  int batch = 256;  // that stays the same
};

Growth growth(const cambium::Dataset& set, Norm norm, const GrowthOptions& options);

double kurtosis(const Vector& values);

}  // namespace landscape
