// How many nodes lie where their nonlinearity is flat, so that no gradient passes.
//
// Glorot, Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks", section 3; Ioffe and Szegedy
// 2015 name it as what normalization is for. Of the values z before a nonlinearity, on one batch:
//   tanh  far   the share with |z| > 2 (4.55 % of a standard normal)
//         flat  the share with a slope 1 - tanh(z)^2 below 0.01
//   relu  off   the share with z <= 0, where the slope is 0
//         dead  the share of nodes that are off for every sample: nothing moves them any more
#pragma once

#include <vector>

#include "apps/landscape/networks.h"
#include "apps/landscape/training.h"

namespace landscape {

struct Saturation {
  Vector far, flat, off, dead;  // [layer - 1]
};
struct SaturationOverTime {
  Saturation start, end;
  double accuracy = 0;  // of the last 20 steps
};

struct SaturationOptions {
  Layers layers = {.depth = 5, .nonlinearity = Nonlinearity::tanh};
  Training training = {.steps = 200, .rate = 0.1};
  double scale = 1;  // of the input
  int batch = 256;   // that stays the same
};

SaturationOverTime saturation(const cambium::Dataset& set, Norm norm, const SaturationOptions& options);

}  // namespace landscape
