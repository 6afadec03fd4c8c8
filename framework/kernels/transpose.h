// A square of width x width values, transposed in registers: what was row i becomes column i. Only for the sources of kernels.
#pragma once

#include "cambium/framework/kernels/indices.h"
#include "cambium/framework/kernels/simd.h"

namespace cambium::CAMBIUM_ISA {

// The lanes whose number lacks the bit `half` stay in a, those that have it stay in b, and the two others change places.
template <int half, int... i>
[[gnu::always_inline]] inline void exchange(Vec& a, Vec& b, Indices<i...>) {
  const Vec low = __builtin_shufflevector(a, b, ((i & half) ? width + i - half : i)...);
  b = __builtin_shufflevector(a, b, ((i & half) ? width + i : i + half)...);
  a = low;
}

// Transposes squares of 2 x 2 values, then of 2 x 2 such squares, and so on.
template <int half = 1>
[[gnu::always_inline]] inline void transpose(Vec (&rows)[width]) {
  if constexpr (half < width) {
#pragma GCC unroll 32
    for (int i = 0; i < width; ++i)
      if (!(i & half)) exchange<half>(rows[i], rows[i + half], IndicesBelow<width>());
    transpose<half * 2>(rows);
  }
}

}  // namespace cambium::CAMBIUM_ISA
