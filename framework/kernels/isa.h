// Which instruction set the kernels of this process use.
#pragma once

#include <span>

namespace cambium {

enum class Isa { portable, avx2, avx512 };  // avx2: with FMA; avx512: F, BW, DQ and VL

// The best level that this processor has. The environment variable CAMBIUM_ISA takes a lower one: portable, avx2.
// Values that are not understood are refused by check_environment (framework/base/environment.h).
Isa best_isa();

// Every level that this processor can run, the plainest first.
std::span<const Isa> available_isas();

const char* name(Isa isa);

}  // namespace cambium
