// How the sums of a direct convolution leave the registers: filters lie side by side in the lanes, but one after another in y.
#pragma once

#include "cambium/framework/kernels/convolve_padded.h"
#include "cambium/framework/kernels/transpose.h"

namespace cambium::CAMBIUM_ISA {

// Where a block of filters goes.
struct Target {
  real* y;
  Index filter, row;  // from one to the next
  int filters, rows;  // those that exist; other lanes are dropped
};

template <int count>
[[gnu::always_inline]] inline void store_exactly(real* to, Vec v) {
  if constexpr (count == width)
    store(to, v);
  else if constexpr (vector_registers == 32)
    store_first(to, v, count);
  else
    memcpy(to, &v, count * sizeof(real));  // a move or three, where a store under a mask would be slow
}

// Turns a vector of filters for each position into a row of positions for each filter, and writes the rows.
template <int group, int positions, int first = 0>
[[gnu::always_inline]] inline void put(const Vec (&sum)[positions], real* y, const Target& to) {
  constexpr int count = positions - first < width ? positions - first : width;
  Vec rows[width];
#pragma GCC unroll 32
  for (int i = 0; i < width; ++i) rows[i] = i < count ? sum[first + i] : Vec{};
  transpose(rows);
  if (to.filters >= width / group && to.rows == group) {
#pragma GCC unroll 32
    for (int i = 0; i < width; ++i) store_exactly<count>(y + i / group * to.filter + i % group * to.row + first, rows[i]);
  } else {
    for (int f = 0; f < to.filters && f < width / group; ++f)
      for (int r = 0; r < to.rows; ++r) store_exactly<count>(y + f * to.filter + r * to.row + first, rows[f * group + r]);
  }
  if constexpr (first + width < positions) put<group, positions, first + width>(sum, y, to);
}

}  // namespace cambium::CAMBIUM_ISA
