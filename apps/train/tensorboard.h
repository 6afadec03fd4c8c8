// --tensorboard: a training as an event file, which TensorBoard shows while it grows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "apps/train/options.h"
#include "cambium/framework/export/event_file.h"
#include "cambium/framework/training/history.h"
#include "cambium/framework/training/metrics.h"
#include "cambium/framework/training/trainer.h"

namespace train {

// Makes the folder. Errors: it cannot be made or written to; it has the events of another training, and this one does not go on.
void check_event_folder(const Options& options);

// A step is an epoch. Loss, accuracy (or R2), rate and speed are scalars, each tensor of weights a histogram, and the first layer's
// weights a picture. Going on, a new file says from which epoch on those before it no longer count.
class Tensorboard {
 public:
  Tensorboard(const Options& options, cambium::Trainer& trainer) : folder_(options.tensorboard), trainer_(trainer) {}

  void epoch(const cambium::EpochReport& report);
  void end(const cambium::Metrics& test, double epochs);  // epochs: of the whole training
  void go_on() { events_.reset(), goes_on_ = true; }

 private:
  void add(const cambium::Metrics& metrics, const std::string& set);
  cambium::EventFile& events();

  std::string folder_;
  cambium::Trainer& trainer_;
  std::int64_t epoch_ = 0;
  bool goes_on_ = false;
  std::unique_ptr<cambium::EventFile> events_;  // from the first event on
};

}  // namespace train
