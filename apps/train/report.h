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

void print_task(const Options& options, const Data& data, const cambium::Dataset& training, cambium::Trainer& trainer,
                bool goes_on);

// "test accuracy 98.97 % +- 0.10 (loss 0.0312) after 3 epochs, 41.2 s"; `epochs` has a fraction when the training was interrupted.
std::string result_of(const cambium::Metrics& test, double epochs, double seconds);

// Where the weights of the best epoch are when they are not those that are tested; or nothing.
std::string other_weights(const Options& options, const cambium::History& history, double epochs);

struct Result {
  cambium::Trainer& trainer;
  const cambium::Dataset& training;
  const cambium::History& history;
  const cambium::Metrics& test;
};

// What helps, a line for each: "training samples 84.2 %, test 67.2 %: a part was learnt by heart; ..." where the training samples,
// up to 5,000 of them, are right more often than those of the test, by more than ten points and three standard errors of it (of
// values a training does not know its R2; and --balanced shows other shares of the classes than the test has); that the validation
// loss was lower by far in an epoch before; that R2 is below 0.
std::string advice_of(const Options& options, const Result& of);

}  // namespace train
