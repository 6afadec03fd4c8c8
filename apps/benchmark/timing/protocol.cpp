#include "apps/benchmark/timing/protocol.h"

#include <sys/resource.h>

#include <vector>

#include "apps/common/run.h"
#include "apps/common/signals.h"

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

double peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

Timing time_steps(const Protocol& protocol, const std::function<void()>& step) {
  Timing timing;
  const double begin = now();
  for (int i = 1;; ++i) {
    step();
    const double t = now();
    if (i == 1) timing.first_done = t;
    if (apps::stopped()) return timing;
    if (t - begin >= protocol.warm_seconds && (i >= protocol.warm_steps || t - begin > 2)) break;
  }
  std::vector<double> steps;
  const double processor_start = processor_seconds(), start = now();
  for (;;) {
    const double before = now();
    step();
    const double t = now(), elapsed = t - start;
    steps.push_back(t - before);
    const bool enough = elapsed >= protocol.seconds && steps.size() >= static_cast<std::size_t>(protocol.steps);
    if (enough || elapsed >= protocol.most_seconds || steps.size() >= most_steps || apps::stopped()) {
      timing.cores = (processor_seconds() - processor_start) / elapsed;
      break;
    }
  }
  timing.steps = Spread(std::move(steps));
  return timing;
}

void measure_in_turn(int rounds, std::size_t rows, const std::function<void(std::size_t row)>& measure,
                     const std::function<void()>& show) {
  apps::begin();
  bool any = false;
  try {
    for (int round = 0; round < rounds; ++round)
      for (std::size_t row = 0; row < rows && !apps::stopped(); ++row, any = true) measure(row);
  } catch (...) {
    if (any) show();
    throw;
  }
  show();
}

}  // namespace benchmark
