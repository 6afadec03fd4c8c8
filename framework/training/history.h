// What a training reports while it runs, and what remains of it.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/training/metrics.h"

namespace cambium {

// After one step of the optimizer.
struct StepReport {
  int epoch = 0;  // from 1
  int epochs = 0;
  long step = 0;                  // in this epoch, from 1
  long steps = 0;                 // in this epoch
  long total_steps = 0;           // since the trainer was made
  double loss = 0;                // of this step's batches
  double mean_loss = 0;           // of this epoch so far
  double mean_accuracy = 0;       // of this epoch so far, on the training batches; NaN where there are no classes
  double rate = 0;                // learning rate of this step
  double samples_per_second = 0;  // in this epoch so far
  double seconds = 0;             // since fit began
  bool stop = false;              // set it to end the training after this step
};

// After one epoch.
struct EpochReport {
  int epoch = 0, epochs = 0;
  double loss = 0, accuracy = 0;  // means over the training samples as they came, with the weights of the moment; NaN: no classes
  bool validated = false;
  Metrics validation;
  double rate = 0;
  double seconds = 0;             // of this epoch, validation included
  double samples_per_second = 0;  // training only
  bool best = false;              // the lowest validation loss so far; of equal ones the first
  bool stop = false;              // set it to end the training after this epoch
};

struct History {
  std::vector<EpochReport> epochs;
  long steps = 0;                   // of this fit, those from before it went on among them
  double seconds = 0;               // of this call
  int best_epoch = 0;               // by validation loss; 0 without validation
  bool stopped_early = false;       // patience ran out
  bool passed_over = false;         // by a checkpoint this call had ended already: nothing was done
  bool checkpoint_missing = false;  // the last one could not be written
  long steps_not_finite = 0;        // that were left out, or led back to a checkpoint
  bool interrupted = false;         // a callback said stop
  // Went on from a checkpoint after so many epochs of this call, or of them and a part; those are not listed above.
  double resumed_after = -1;            // -1: it did not
  std::vector<std::string> warnings{};  // the texts of what FitOptions::on_warning was told

  std::string table() const;  // one line per epoch
};

}  // namespace cambium
