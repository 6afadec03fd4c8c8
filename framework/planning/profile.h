// Where the time of a step goes, layer by layer.
#pragma once

#include <atomic>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace cambium {

// One call of a layer on some of the samples, or the update of some weights.
struct PassTime {
  std::string_view name;  // of the op, as in Plan::summary; lives as long as the plan
  const char* phase;      // the call, as in framework/base/layer.h; or "recompute", "update"
  double start, seconds;  // start: on the clock of std::chrono::steady_clock
  int thread;             // 0 is the caller
};

// Takes down what a plan that was made with PlanOptions .profile does, until it is full: nothing is allocated in a step. Reading
// the clock costs some 50 ns a call. One plan writes to it at a time.
class Profile {
 public:
  explicit Profile(std::size_t most = 1 << 16) : times_(most) {}

  std::span<const PassTime> times() const { return std::span(times_).first(full() ? times_.size() : used_.load()); }
  bool full() const { return used_.load() >= times_.size(); }
  void clear() { used_ = 0; }

  void add(const PassTime& time) noexcept {
    if (const std::size_t i = used_.fetch_add(1); i < times_.size()) times_[i] = time;
  }

 private:
  std::vector<PassTime> times_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace cambium
