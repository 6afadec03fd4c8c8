// What the training app shows while it runs.
#pragma once

#include <string>

#include "cambium/framework/training/history.h"

namespace train {

// One line per epoch; and on a terminal, below them, a line that lives: bar, loss, accuracy, speed and the time that is left.
class Progress {
 public:
  explicit Progress(bool shown) : shown_(shown) {}

  void step(const cambium::StepReport& report);
  void epoch(const cambium::EpochReport& report);
  double epochs() const { return epochs_; }  // done so far

 private:
  bool shown_;
  double last_ = -1;  // when the line was changed, in seconds of the training
  double epochs_ = 0;
};

std::string epochs_text(double epochs);  // "3", "0.133"

}  // namespace train
