// What runs here, said before it is measured.
#pragma once

#include "apps/benchmark/options.h"

namespace benchmark {

// Library, build and instruction set, and a warning where the build or the number of threads makes every figure meaningless. Throws
// cambium::Error where so many threads cannot be had.
void print_heading(const Options& options);

}  // namespace benchmark
