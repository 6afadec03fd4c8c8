// How long a program takes from its start to the first trained batch.
#pragma once

#include "apps/benchmark/options.h"

namespace benchmark {

// Starts this program anew for every measurement, since a process starts but once.
void print_startups(const Options& options);

}  // namespace benchmark
