// A file that grows by whole lines.
#pragma once

#include <string>

namespace apps {

// The file is opened at once, and locked: a second training that is to write the same one is refused. What an older run left in it
// stays until the first line is written, and a file that was made for nothing goes again. A line that cannot be written is left
// out, whole, and makes the exit code 1; the training goes on. A file that is also the standard output or error is written there,
// behind what is in it.
class LineFile {
 public:
  // `option` begins its messages. An empty path: nothing is written. Errors: a file that cannot be opened, or that is in use.
  LineFile(const std::string& option, const std::string& path);
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  const std::string& path() const { return path_; }
  void write(const std::string& line);
  long size() const { return size_ > 0 ? size_ : 0; }  // in bytes, of what this run has written
  void sync() const;                                   // brings that to the disk
  // So many bytes of what stands there are of this run; what comes behind them goes.
  void go_on_after(long bytes);

 private:
  void open_file();
  void remove_if_empty() const noexcept;

  std::string option_, path_;
  int file_ = -1;
  long size_ = -1;  // of what is whole in a regular file; -1 for other files, and before the first line
  bool created_ = false, regular_ = false, failed_ = false;
};

}  // namespace apps
