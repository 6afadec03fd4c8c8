// A training as lines of JSON, and as a table, for programs to read.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "apps/common/line_file.h"
#include "apps/train/options.h"
#include "cambium/framework/files/weights_note.h"
#include "cambium/framework/training/history.h"
#include "cambium/framework/training/metrics.h"

namespace train {

// One object per epoch, and one with "final": true, which has the result, or says in "error" why there is none. Numbers that are
// not finite become null, which is all that JSON has for them. In a folder of --out the epochs are in log.csv too.
class Log {
 public:
  explicit Log(const Options& options);  // Errors: a file that cannot be opened, or that is in use

  // For a checkpoint: how far the files are. Going on from it they lose what came later, so that nothing is missing or there twice.
  cambium::WeightsNote note() const;
  void go_on_from(std::span<const cambium::WeightsNote> notes);

  void epoch(const cambium::EpochReport& report);
  // `epochs` has a fraction when the training was interrupted.
  void end(const Options& options, const cambium::Metrics& test, const cambium::History& history, double epochs);

  void failed(const std::string& error);
  void warn(const std::string& text) { warnings_.push_back(text); }  // for the last object

 private:
  apps::LineFile json_, csv_;
  std::vector<std::string> warnings_;
  bool gone_on_ = false;  // those of before are among them
};

}  // namespace train
