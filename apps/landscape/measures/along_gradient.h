// How smooth the loss is where the training goes: its values and its gradient along the step.
//
// Santurkar, Tsipras, Ilyas, Madry 2018, "How Does Batch Normalization Help Optimization?", section 3.1. At a point w of the
// training, with the gradient g of the batch there, and for step sizes t from 1/2 to 4 times the rate:
//   range of the loss      max L(w - t g) - min L(w - t g)
//   change of the gradient max |g(w - t g) - g|
//   effective smoothness   max |g(w - t g) - g| / |t g|
// all on that batch, and with noise as it was in that pass. Smaller is smoother.
#pragma once

#include <vector>

#include "apps/landscape/training.h"

namespace landscape {

struct AlongGradient {
  std::vector<double> steps;                 // at which it was measured
  std::vector<double> low, high;             // of the loss along the step
  std::vector<double> change, least_change;  // of the gradient: the largest and the smallest along the step
  std::vector<double> smoothness;
  std::vector<double> loss, accuracy;  // on the batch of every step
  double mean_range() const;
};

struct AlongGradientOptions {
  Training training = {};
  int every = 20;  // measured so often
  int points = 8;  // step sizes, by equal factors
};

AlongGradient along_gradient(const cambium::Dataset& set, const cambium::Graph& graph, const AlongGradientOptions& options);

}  // namespace landscape
