// Steps as a timeline to look at, in the format of Chrome's tracing: chrome://tracing or ui.perfetto.dev open it.
#pragma once

#include <memory>
#include <span>
#include <string>

namespace cambium {
struct PassTime;
}

namespace benchmark {

class Trace {
 public:
  // With an empty path nothing is written. Throws cambium::Error for a file that cannot be.
  explicit Trace(std::string path);
  ~Trace();

  // One step, as a process of its own with one line for each thread.
  void add(const std::string& title, std::span<const cambium::PassTime> times);
  void write() const;

 private:
  struct Events;
  std::string path_;
  std::unique_ptr<Events> events_;
};

}  // namespace benchmark
