#include "apps/benchmark/protocol.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace benchmark {
namespace {

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

constexpr std::size_t most_steps = 4000000;  // what is kept of them stays below 32 MB

}  // namespace

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

double Timing::median() const {
  const std::size_t n = steps.size();
  return n == 0 ? 0 : (steps[n / 2] + steps[(n - 1) / 2]) / 2;
}

double Timing::at(double share) const {
  const std::size_t n = steps.size();
  return n == 0 ? 0 : steps[std::min(n - 1, static_cast<std::size_t>(share * static_cast<double>(n)))];
}

Timing time_steps(const Protocol& protocol, const std::function<void()>& step, const std::function<bool()>& more) {
  const auto stop = [&] { return more && !more(); };
  Timing timing;
  const double begin = now();
  for (int i = 1;; ++i) {
    step();
    const double t = now();
    if (i == 1) timing.first_done = t;
    if (stop()) return timing;
    if (t - begin >= protocol.warm_seconds && (i >= protocol.warm_steps || t - begin > 2)) break;
  }
  const double processor_start = processor_seconds(), start = now();
  for (;;) {
    const double before = now();
    step();
    const double t = now(), elapsed = t - start;
    timing.steps.push_back(t - before);
    const bool enough = elapsed >= protocol.seconds && timing.steps.size() >= static_cast<std::size_t>(protocol.steps);
    if (enough || elapsed >= protocol.most_seconds || timing.steps.size() >= most_steps || stop()) {
      timing.cores = (processor_seconds() - processor_start) / elapsed;
      break;
    }
  }
  std::sort(timing.steps.begin(), timing.steps.end());
  return timing;
}

}  // namespace benchmark
