// What the training app shows while it runs.
#pragma once

#include <string>

#include "cambium/framework/training/history.h"
#include "cambium/framework/training/metrics.h"

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

std::string percent(double share);                // "98.97 %"
std::string accuracy(const cambium::Metrics& m);  // "98.97 % +- 0.10"
std::string quality(const cambium::Metrics& m);   // the same, or of values "R2 0.9731"
std::string epochs_text(double epochs);           // "3", "0.133"

}  // namespace train
