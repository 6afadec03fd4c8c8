// Internal covariate shift as an optimizer meets it: what a layer's gradient is worth once the layers below it have moved.
//
// Santurkar et al. 2018, definition 2.1. For layer i, with all weights as they were, and with those of the layers below it after
// their step of this batch:
//   G  = dL/dW_i (W_1(t),   ..., W_i-1(t),   W_i(t), ..., W_k(t))
//   G' = dL/dW_i (W_1(t+1), ..., W_i-1(t+1), W_i(t), ..., W_k(t))
//   shift |G - G'|, and the cosine of the two: 1 where the step that layer i is about to take still is the right one.
#pragma once

#include <vector>

#include "apps/landscape/networks.h"
#include "apps/landscape/training.h"

namespace landscape {

struct GradientShift {
  std::vector<double> steps;
  std::vector<int> layers;             // hidden layers, from 2: the first has none below it
  std::vector<Vector> shift, cosines;  // [layer][measured step]
};

struct GradientShiftOptions {
  Layers layers = {};
  Training training = {};
  int every = 20;
  std::vector<int> at = {};  // layers; none: the second, a quarter up, the middle, three quarters up, the last
};

GradientShift gradient_shift(const cambium::Dataset& set, Norm norm, const GradientShiftOptions& options);

// Those that are meant where none are named.
std::vector<int> some_layers(int depth);

}  // namespace landscape
