// One measurement in one process, told in one line of JSON: how programs of several frameworks are compared side by side.
#pragma once

#include "apps/benchmark/options.h"

namespace benchmark {

// Inference first and then training, or what options.mode says; the memory of the one is given back before the other begins.
// Mode `startup` is one training step, and the time since BENCH_T0, an environment variable: seconds on the monotonic clock.
void print_lines(const Options& options);

}  // namespace benchmark
