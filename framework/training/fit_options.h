// How a trainer works, and how long.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/augment.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/data/sampling.h"
#include "cambium/framework/training/checkpoints.h"
#include "cambium/framework/training/history.h"

namespace cambium {

struct TrainerOptions {
  int batch = 64;
  std::uint64_t seed = 1;  // of the initial weights, the order of samples, dropout and augmentation
  int threads = 0;         // 0: one for each available processor, or as many as can be had; changes no bit
  int accumulate = 1;      // batches whose gradients make one step
  bool drop_last = false;  // leave out a last short batch
};

// About a step whose loss, or a gradient, is not finite.
//   stop      an Error ends the training (trainer.h says with which weights)
//   skip      the step is not taken, and the training goes on: for rows that are bad here and there
//   rollback  back to the last checkpoint, with half the rate: needs Checkpoints::folder
// With all but stop the optimizer waits until all gradients are known, which costs a trip through memory. Ten such steps, with skip
// in a row, with rollback since the last checkpoint, end the training all the same.
enum class OnNan { stop, skip, rollback };

struct FitOptions {
  int epochs = 1;
  const Dataset* validate = nullptr;  // evaluated after every epoch
  int patience = 0;               // stop after so many epochs without a better validation loss (0: never), best weights restored
  bool restore_best = false;      // also without stopping early; needs `validate`
  int schedule_epochs = 0;        // how many epochs the schedule spans, from its first step; 0: those of the call in which it began
  bool restart_schedule = false;  // it begins again with this call
  Augments augment{};             // on the training samples
  Sampling sampling{};            // which of them make an epoch: each once, or drawn by weight
  bool retain_gradients = false;  // for on_step to read Weights::gradient, which else throws; costs a trip through memory
  OnNan on_nan = OnNan::stop;     // what to do about a step that is not finite
  std::size_t memory_limit = 0;   // bytes that all this may take (Trainer::memory_needed); 0: what the system can give
  Checkpoints checkpoints{};      // kept while it runs, so that it can go on after whatever ended it
  std::function<void(StepReport&)> on_step{};    // after every step; may set report.stop
  std::function<void(EpochReport&)> on_epoch{};  // after every epoch and its validation; may set report.stop
  // Told once of each thing that may need a change, as when the training diverges: an Error that is not thrown. Left out: a line on
  // standard error. History has the texts.
  std::function<void(const Error&)> on_warning{};
};

}  // namespace cambium
