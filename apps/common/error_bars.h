// How far off the predictions of a model with error bars are, in deviations that it predicts.
#pragma once

#include "cambium/framework/data/dataset.h"
#include "cambium/framework/training/trainer.h"

namespace apps {

// What its deviations must be multiplied by, so that the mean square of (value - prediction) / deviation is 1 on this set (the
// variance scaling of Laves et al. 2021, "Recalibration of aleatoric and epistemic regression uncertainty"). They need it: a
// model with batch norm learns from batches, which blur its predictions, and is asked with running statistics, which do not.
double error_bar_factor(cambium::Trainer& trainer, const cambium::Dataset& set);

// The share of values that lie within two deviations, each times `factor`, of what was predicted.
double within_error_bars(cambium::Trainer& trainer, const cambium::Dataset& test, double factor);

}  // namespace apps
