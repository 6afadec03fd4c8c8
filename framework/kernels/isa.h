// Which instruction set the kernels of this process use.
#pragma once

namespace cambium {

enum class Isa { portable, avx2 };

// The best level that this processor has; the environment variable CAMBIUM_ISA=portable forces the plain one.
Isa best_isa();

const char* name(Isa isa);

}  // namespace cambium
