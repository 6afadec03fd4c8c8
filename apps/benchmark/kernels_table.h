// How fast each kernel of framework/kernels is alone, at the sizes that the workloads give it.
#pragma once

#include "apps/benchmark/options.h"

namespace benchmark {

// A row for each shape, on one thread and at the instruction set that the library uses. Each figure is the shortest of many bursts
// within options.protocol.seconds; what a kernel reads is then in the caches, as in a training step it often is.
void print_kernels(const Options& options);

}  // namespace benchmark
