// How large a learning rate a network can take.
//
// Page 2019, "How to Train Your ResNet 7: Batch Norm": a stress test, in which the rate grows for ever by equal factors, from
// 0.005 by sqrt 2 an epoch over 25 epochs with momentum 0.9; and the same network at a row of rates, each for itself, where the
// largest one counts that still reaches an accuracy of 60 %.
#pragma once

#include <vector>

#include "apps/landscape/networks.h"
#include "apps/landscape/training.h"

namespace landscape {

struct Stress {
  std::vector<double> rates, loss, accuracy;  // mean over each epoch; ends where it diverges
};

struct StressOptions {
  Training training = {.batch = 128, .rate = 0.005, .momentum = 0.9};
  int epochs = 25, epoch = 10;  // steps of an epoch
};

Stress stress(const cambium::Dataset& set, const cambium::Graph& graph, const StressOptions& options);

struct RatesOptions {
  Layers layers = {};
  Training training = {.steps = 150};
  Vector rates = {0.01, 0.03, 0.1, 0.3, 1, 3, 10};
  int last = 30;  // steps whose accuracy counts
  double reached = 0.6;
};

// The accuracy of the last steps at a rate.
double accuracy_at(const cambium::Dataset& set, Norm norm, double rate, const RatesOptions& options);

// The largest rate with an accuracy of at least `reached`; 0 where there is none.
double largest_rate(const Vector& accuracies, const RatesOptions& options);

}  // namespace landscape
