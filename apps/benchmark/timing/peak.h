// How fast this processor multiplies and adds when nothing else holds it up.
#pragma once

namespace benchmark {

// Floating point operations in a second, of so many threads together, at the instruction set that the library uses: fused
// multiply-adds in registers, enough of them at once to hide their latency. The best of several short bursts.
double peak_flops(int threads);

}  // namespace benchmark
