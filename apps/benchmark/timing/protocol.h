// How a time comes about: steps that are not counted, then steps that are, each timed by itself.
#pragma once

#include <cstddef>
#include <functional>

#include "apps/benchmark/timing/spread.h"
#include "apps/common/clock.h"

namespace benchmark {

struct Protocol {
  double warm_seconds = 0.15;  // steps first run for so long, and at least so many times unless they take two seconds already
  int warm_steps = 3;
  double seconds = 0.4;  // and then, timed, for so long and at least so many times, but never longer than the most
  int steps = 5;
  double most_seconds = 6;
};

struct Timing {
  Spread steps;           // seconds
  double cores = 0;       // processors kept busy while steps were timed
  double first_done = 0;  // now() after the very first step
};

using apps::now;

// After a signal it ends at once, and the steps are too few.
Timing time_steps(const Protocol& protocol, const std::function<void()>& step);

// Measures each of the rows in turn, round after round, and shows what there is: also after a signal, which ends it, and, unless
// there is nothing yet, when one of them breaks.
void measure_in_turn(int rounds, std::size_t rows, const std::function<void(std::size_t row)>& measure,
                     const std::function<void()>& show);

// The most memory this process ever had in use, in megabytes of 2^20 bytes.
double peak_memory();

}  // namespace benchmark
