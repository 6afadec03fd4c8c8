// The environment variables that the library reads.
#pragma once

namespace cambium {

// CAMBIUM_ISA: the instruction set of the kernels, one that this processor has: portable, avx2, avx512. CAMBIUM_WINOGRAD: 0 has
// convolutions take every product, 1 is as without it. An empty one is as none.
// Throws Error when one of them says anything else. Every plan asks when it is made: what was meant to compare two runs must not
// pass unseen.
void check_environment();

}  // namespace cambium
