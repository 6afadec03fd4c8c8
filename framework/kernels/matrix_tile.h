// The inner loops of the matrix product: a small tile of C held in registers while k runs. Only for matrix.cpp.
//
// tile:  C (rows, vectors x width) = [C] + A B, where the rows of B run along those of C. At every step of k the vectors of B's row
//        are loaded, and each of A's values is broadcast and multiplied with them.
// dots:  C (rows, columns) = [C] + A B^T, where the rows of A and B both run along k: each product in a register of partial sums.
#pragma once

#include "cambium/framework/kernels/indices.h"
#include "cambium/framework/kernels/simd.h"

namespace cambium::CAMBIUM_ISA {

// Where the values of A lie: from one row to the next, and along k.
struct Strides {
  Index row, k;
};

// Unless `whole`, the last vector holds only its first `last` columns.
template <int rows, int vectors, bool whole>
void tile(int k, const real* a, Strides strides, const real* b, Index ldb, bool add, real* c, Index ldc, int last) {
  Vec sum[rows][vectors];
#pragma GCC unroll 32
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 32
    for (int v = 0; v < vectors; ++v) {
      const real* old = c + r * ldc + v * width;
      sum[r][v] = !add ? Vec{} : whole || v + 1 < vectors ? load(old) : load_partial(old, last);
    }
  for (int l = 0; l < k; ++l, a += strides.k, b += ldb) {
    Vec from_b[vectors];
#pragma GCC unroll 32
    for (int v = 0; v < vectors; ++v)
      from_b[v] = in_register(whole || v + 1 < vectors ? load(b + v * width) : load_partial(b + v * width, last));
#pragma GCC unroll 32
    for (int r = 0; r < rows; ++r) {
      const Vec from_a = broadcast(a[r * strides.row]);
#pragma GCC unroll 32
      for (int v = 0; v < vectors; ++v) sum[r][v] = fma(from_a, from_b[v], sum[r][v]);
    }
  }
#pragma GCC unroll 32
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 32
    for (int v = 0; v < vectors; ++v) {
      real* to = c + r * ldc + v * width;
      if (whole || v + 1 < vectors)
        store(to, sum[r][v]);
      else
        store_partial(to, sum[r][v], last);
    }
}

// Neighbours added up: the sums of a's pairs, then those of b's. Halving again and again, this adds up as many vectors as a vector
// has values, for one shuffle or two per sum. Shuffles within 16 bytes are cheap: first come pairs of values in each 16 bytes of a
// and b, then pairs of whole 16 bytes.
inline constexpr int block16 = 16 / static_cast<int>(sizeof(real));

// Where value i of a sum comes from: the first or, `odd`, the second of its pair.
template <bool of_blocks>
constexpr int pick(int i, int odd) {
  return of_blocks ? (i / block16 * 2 + odd) * block16 + i % block16
                   : i / block16 * block16 + i % (block16 / 2) * 2 + odd + (i % block16 < block16 / 2 ? 0 : width);
}
template <bool of_blocks, int... i>
[[gnu::always_inline]] inline Vec pairs(Vec a, Vec b, Indices<i...>) {
  return __builtin_shufflevector(a, b, pick<of_blocks>(i, 0)...) + __builtin_shufflevector(a, b, pick<of_blocks>(i, 1)...);
}

// The sums of n vectors, in the first n values of what comes back, for n <= width a power of two; the others repeat them.
template <int n, int done = 1>
[[gnu::always_inline]] inline Vec totals(const Vec* v) {
  Vec half[n > 1 ? n / 2 : 1];
#pragma GCC unroll 32
  for (int i = 0; i < (n > 1 ? n / 2 : 1); ++i)
    half[i] = pairs<(done >= block16)>(v[2 * i % n], v[(2 * i + 1) % n], IndicesBelow<width>());
  if constexpr (done * 2 == width)
    return half[0];
  else
    return totals<(n > 1 ? n / 2 : 1), done * 2>(half);
}

// Behind the last whole vector of k stand zeros, in A as in B.
template <int rows, int columns>
void dots(int k, const real* a, Index lda, const real* b, Index ldb, bool add, real* c, Index ldc) {
  constexpr int padded = columns <= 1 ? 1 : columns <= 2 ? 2 : columns <= 4 ? 4 : 8;
  Vec sum[rows][padded];
#pragma GCC unroll 32
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 32
    for (int j = 0; j < padded; ++j) sum[r][j] = Vec{};
  int l = 0;
  const auto step = [&](auto take) __attribute__((always_inline)) {
    Vec from_a[rows];
#pragma GCC unroll 32
    for (int r = 0; r < rows; ++r) from_a[r] = take(a + r * lda + l);
#pragma GCC unroll 32
    for (int j = 0; j < columns; ++j) {
      const Vec from_b = in_register(take(b + j * ldb + l));
#pragma GCC unroll 32
      for (int r = 0; r < rows; ++r) sum[r][j] = fma(from_a[r], from_b, sum[r][j]);
    }
  };
  for (; l + width <= k; l += width) step([](const real* p) { return load(p); });
  if (l < k) step([n = k - l](const real* p) { return load_partial(p, n); });
#pragma GCC unroll 32
  for (int r = 0; r < rows; ++r) {
    Vec total = totals<padded>(sum[r]);
    if (add) {
      Vec old = {};
      memcpy(&old, c + r * ldc, columns * sizeof(real));
      total += old;
    }
    memcpy(c + r * ldc, &total, columns * sizeof(real));
  }
}

}  // namespace cambium::CAMBIUM_ISA
