// Where predictions go.
#pragma once

#include <memory>
#include <string>

#include "apps/common/line_file.h"
#include "apps/stream/model.h"
#include "apps/stream/options.h"

namespace stream {

// A line for each row, on standard output or in a file. Lines are kept until there are many, or `flush` is called: before the
// program waits for input, and five times a second.
class Output {
 public:
  explicit Output(const Options& options);

  void heading(const Model& model, const std::string& key);
  void line(const Model& model, const std::string& key, const std::string& text, const Answer& answer);
  void flush();
  void sync();  // brings it to the disk, where it is a file
  long written() const { return file_.size(); }
  void go_on_after(long bytes);  // of the file; standard output goes on as it is

 private:
  const Options& options_;
  apps::LineFile file_;
  std::string pending_;
  bool begun_ = false;
};

}  // namespace stream
