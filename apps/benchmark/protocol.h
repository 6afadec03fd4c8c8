// How a time comes about: steps that are not counted, then steps that are, each timed by itself.
#pragma once

#include <functional>
#include <vector>

namespace benchmark {

struct Protocol {
  double warm_seconds = 0.15;  // steps first run for so long, and at least so many times unless they take two seconds already
  int warm_steps = 3;
  double seconds = 0.4;  // and then, timed, for so long and at least so many times, but never longer than the most
  int steps = 5;
  double most_seconds = 6;
};

struct Timing {
  std::vector<double> steps;  // seconds, the shortest first
  double cores = 0;           // processors kept busy while steps were timed
  double first_done = 0;      // now() after the very first step

  double median() const;
  double at(double share) const;  // so many of the steps are below it: 0.99 for the 99th percentile
};

// Seconds on the system's monotonic clock, which all processes share.
double now();

// `more` is asked after every step; when it says no, measuring ends at once and the steps are too few.
Timing time_steps(const Protocol& protocol, const std::function<void()>& step, const std::function<bool()>& more = {});

// The most memory this process ever had in use, in megabytes of 2^20 bytes.
double peak_memory();

}  // namespace benchmark
