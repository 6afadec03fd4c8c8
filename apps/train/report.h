// What the training app says before and after the training.
#pragma once

#include <string>

#include "apps/train/data.h"
#include "apps/train/options.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/training/history.h"
#include "cambium/framework/training/metrics.h"
#include "cambium/framework/training/trainer.h"

namespace train {

void print_task(const Options& options, const Data& data, const cambium::Dataset& training, cambium::Trainer& trainer);

// The confusion of classes, or where they are too many for a table one line each; nothing for values.
void print_details(const Options& options, const cambium::Metrics& test, const Data& data);

// "test accuracy 98.97 % +- 0.10 (loss 0.0312) after 3 epochs, 41.2 s", or of values "test R2 0.9731 (MAE 12.3, RMSE 17.8, loss
// 0.0269) after ...", errors in the units of the values; `epochs` has a fraction when the training was interrupted.
void print_result(const cambium::Metrics& test, double epochs, double seconds);

}  // namespace train
