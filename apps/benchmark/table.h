// How fast each workload is, in training and in use.
#pragma once

#include "apps/benchmark/options.h"

namespace benchmark {

// Every cell, which is a workload at a batch size, a number of threads and a mode, in turn, round after round. A cell that
// cannot be trained in such batches is left out, with the reason.
void print_speeds(const Options& options);

}  // namespace benchmark
