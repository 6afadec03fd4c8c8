// A training as lines of JSON, for programs to read.
#pragma once

#include <fstream>
#include <string>

#include "apps/train/options.h"
#include "cambium/framework/training/history.h"
#include "cambium/framework/training/metrics.h"

namespace train {

// One object per epoch, and one with "final": true. Numbers that are not finite become null, which is all that JSON has for them.
class Log {
 public:
  // An empty path: nothing is written. Throws cambium::Error when the file cannot be opened. What an older run left in it stays
  // until the first object is written; a write that fails throws too.
  explicit Log(const std::string& path);

  void epoch(const cambium::EpochReport& report);
  void end(const Options& options, const cambium::Metrics& test, const cambium::History& history);

 private:
  void write(const std::string& object);

  std::string path_;
  std::ofstream file_;
};

}  // namespace train
