// A model at its test, as train and evaluate hold it.
#pragma once

#include <optional>

#include "apps/common/scaled_target.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/training/losses.h"
#include "cambium/framework/training/metrics.h"
#include "cambium/framework/training/trainer.h"

namespace apps {

struct Test {
  cambium::Trainer& trainer;
  const cambium::Dataset& set;               // whose values are in units of the scale
  Scale scale;                               // in which they were learnt
  int worst = 0;                             // mistakes to be named
  std::optional<double> error_bar_factor{};  // on the deviations that are predicted, where there are any
};

// Softmax cross entropy for classes, else the squared error, or with error bars the Gaussian likelihood.
cambium::Losses losses_for(bool classes, bool error_bars);

// What it comes to, errors in the units of the values.
cambium::Metrics metrics_of(const Test& test);

// The confusion of classes, or where they are too many for a table one line each; nothing for values.
void print_classes(const cambium::Metrics& metrics, const cambium::Dataset& set);

// The worst mistakes, and how many values lie within their error bars, where that is asked for.
void print_mistakes(const Test& test);

}  // namespace apps
