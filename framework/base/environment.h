// The environment variables that the library reads.
#pragma once

namespace cambium {

// CAMBIUM_ISA: the instruction set of the kernels, one that this processor has: portable, avx2, avx512. CAMBIUM_WINOGRAD: 0 has
// convolutions take every product, 1 is as without it. CAMBIUM_POISON: 1 or 0, see below. An empty one is as none.
// Throws Error when one of them says anything else. Every plan asks when it is made: what was meant to compare two runs must not
// pass unseen.
void check_environment();

// Whether plans hand out NaN for what a layer did not ask for: x on the way back without reads_x, y without reads_y, memory that
// was not written yet. A layer that forgot to ask is then found by its first gradient, which is not finite, where it would else
// be wrong without a word. It costs memory, and time to fill it. By CAMBIUM_POISON; without it, in a library built as Debug.
bool poisons();

}  // namespace cambium
