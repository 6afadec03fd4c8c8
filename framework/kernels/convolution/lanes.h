// Filters in the lanes of vectors, side by side: how weights are packed for that, and how the sums leave the registers, since
// filters lie one after the other in y.
#pragma once

#include "cambium/framework/kernels/convolution/algorithms.h"
#include "cambium/framework/kernels/transpose.h"

namespace cambium::CAMBIUM_ISA {

// What the lanes of the vectors stand for. Where the filters fill no more than half a vector, two rows of positions share it: lane
// i belongs to filter i / 2 of row i % 2.
struct Lanes {
  int group;    // rows that share a vector
  int filters;  // in a vector
  int vectors;  // for all filters

  explicit Lanes(int count, bool may_share = true)
      : group(may_share && 2 * count <= width ? 2 : 1), filters(width / group), vectors((count + filters - 1) / filters) {}
};

// The value at `from`, or one each of two rows, in all lanes.
template <int group>
[[gnu::always_inline]] inline Vec broadcast(const real* from) {
  if constexpr (group == 1) return broadcast(*from);
  Vec v;
  if constexpr (sizeof(real) == 4) {
    typedef long long Pairs __attribute__((vector_size(vector_bytes)));
    long long pair;
    memcpy(&pair, from, sizeof pair);
    const Pairs pairs = pair - Pairs{};
    memcpy(&v, &pairs, sizeof v);
  } else {
    for (int i = 0; i < width; ++i) v[i] = from[i % 2];
  }
  return v;
}

// Packs some vectors of filters, as (channel, tap, vector, lane); returns where the next ones go.
real* pack_lanes(const Convolution& of, WeightView w, Lanes lanes, int first_filter, int vectors, real* packed);

// Where the sums of a block of filters go.
struct BlockOutput {
  real* y;
  Index filter, row;  // from one to the next
  int filters, rows;  // those that exist; other lanes are dropped
};

template <int count>
[[gnu::always_inline]] inline void store_exactly(real* to, Vec v) {
  if constexpr (count == width)
    store(to, v);
  else if constexpr (vector_registers == 32)
    store_partial(to, v, count);
  else
    memcpy(to, &v, count * sizeof(real));  // a move or three, where a store under a mask would be slow
}

// Transposes a vector of filters for each position into a row of positions for each filter, and writes the rows.
template <int group, int positions, int first = 0>
[[gnu::always_inline]] inline void store_filters(const Vec (&sum)[positions], real* y, const BlockOutput& to) {
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
  if constexpr (first + width < positions) store_filters<group, positions, first + width>(sum, y, to);
}

}  // namespace cambium::CAMBIUM_ISA
