// Where the time of a step goes, pass by pass.
#pragma once

#include "apps/benchmark/options.h"

namespace benchmark {

// One table for each mode, and with options.trace one step of each as a file for chrome://tracing or ui.perfetto.dev.
void print_profile(const Options& options);

}  // namespace benchmark
