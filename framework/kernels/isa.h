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

// False when the environment variable CAMBIUM_WINOGRAD is 0: convolutions then take every product.
bool may_use_winograd();

}  // namespace cambium
