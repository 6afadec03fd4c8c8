// A program at work, in whatever surroundings it may be started.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/apps/run_app.h"
#include "tests/data/temp_folder.h"

namespace cambium_tests {

struct Surroundings {
  enum class To { file, closed, full_disk, left_pipe, stuck_pipe, terminal };
  To out = To::file, err = To::file;  // only `out` may be more than a file or closed
  bool in_closed = false;
  int columns = 80;            // of the terminal
  std::vector<int> ignored{};  // signals that it is started with as ignored
  long most_bytes = -1;        // that it may write into a file
  bool threads = true;         // false: it can start none; root, who always can, becomes somebody else
};

// Starts apps/NAME at once, and kills it at the end of the scope.
class Process {
 public:
  Process(const std::string& name, const std::vector<std::string>& words, const Surroundings& around = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  static constexpr int not_started = 127;  // an exit code: there is no such program, or its surroundings cannot be had

  std::string out();                   // what it wrote so far
  bool says(const std::string& text);  // on standard output or error, within a minute
  void send(int signal);
  void resize(int columns);  // its terminal
  Ending wait();             // the exit code, or minus the signal that ended it; -1000 when it did not end within a minute

 private:
  void start(const std::string& program, const std::vector<std::string>& words, const Surroundings& around);
  bool ended();

  TempFolder folder_;
  pid_t child_ = -1;
  int reader_ = -1;  // of what it writes to a pipe or a terminal
  int status_ = 0;
  std::string read_;  // from the terminal so far
};

// A folder with as many noisy images of each class as it takes to run: 80 to train, 20 to test.
const std::string& few_images();
void write_images(const std::string& folder, const std::string& part, int count, int side);

// "--data mnist --data-dir ... --threads 1 --model linear" and more.
std::vector<std::string> training(const std::vector<std::string>& more);

}  // namespace cambium_tests
