// Internal covariate shift as Ioffe and Szegedy 2015 name it: the distribution of a node moves because the weights below it do.
//
// On one batch that stays the same, for every node before its nonlinearity, with mean m and deviation s over the batch:
//   drift   |m_t - m_0| / s_0       since the start
//   change  |m_t+1 - m_t| / s_t     from one step to the next
// both averaged over the nodes of a layer. Behind batch norm both are 0 by construction. Santurkar et al. 2018, section 2.2: noise
// behind batch norm (ShiftNoise) makes the change larger than it is without any norm, and the training hardly notices.
#pragma once

#include <vector>

#include "apps/landscape/networks.h"
#include "apps/landscape/training.h"

namespace landscape {

struct Drift {
  std::vector<double> steps;
  std::vector<Vector> drift, change;  // [layer - 1][measured step]
  std::vector<Step> training;
};

struct DriftOptions {
  Layers layers = {};
  Training training = {};
  int every = 20;
  int batch = 256;  // that stays the same: the first samples of the set
};

Drift drift(const cambium::Dataset& set, Norm norm, const DriftOptions& options);

}  // namespace landscape
