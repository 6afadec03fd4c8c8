// Only for the sources of kernels.
#pragma once

// For a loop of which no turn reads what another one writes: y is x as a whole or not at all. The compiler cannot know, and without
// this a call in place would run value by value.
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpass-failed"  // a hint: where a loop stays as it is, that is fine
#define CAMBIUM_VECTORIZE _Pragma("clang loop vectorize(assume_safety)")
#else
#define CAMBIUM_VECTORIZE _Pragma("GCC ivdep")
#endif
