// A training as lines of JSON, for programs to read.
#pragma once

#include <string>
#include <vector>

#include "apps/train/options.h"
#include "cambium/framework/training/history.h"
#include "cambium/framework/training/metrics.h"

namespace train {

// One object per epoch, and one with "final": true, which has the result, or says in "error" why there is none. Numbers that are
// not finite become null, which is all that JSON has for them.
//
// The file is opened at once, and locked: a second training that is to write the same one is refused. What an older run left in it
// stays until the first object is written, and a file that was made for nothing goes again. An object that cannot be written is
// left out, whole, and makes the exit code 1; the training goes on. A log that is also the standard output or error is written
// there, behind what is in it.
class Log {
 public:
  explicit Log(const std::string& path);  // empty: nothing is written. Errors: a file that cannot be opened, or that is in use
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void epoch(const cambium::EpochReport& report);
  // `epochs` has a fraction when the training was interrupted.
  void end(const Options& options, const cambium::Metrics& test, const cambium::History& history, double epochs);

  void failed(const std::string& error);
  void warn(const std::string& text) { warnings_.push_back(text); }  // for the last object

 private:
  void open_file();
  void remove_if_empty() const noexcept;
  void write(const std::string& object);

  std::string path_;
  int file_ = -1;
  long size_ = -1;  // of what is whole in a regular file; -1 for other files, and before the first object
  bool created_ = false, regular_ = false, failed_ = false;
  std::vector<std::string> warnings_;
};

}  // namespace train
