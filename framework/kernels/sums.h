// Sums in double of real numbers, in registers. Only for the sources of kernels.
//
// A row of values lies along 16 lanes, value i in lane i % 16; each lane adds up its own values, and a tree adds up the lanes. That
// order does not depend on how wide a register is, so every instruction set gives the same bits. Sixteen lanes are two registers of
// AVX-512: with fewer, each addition would wait for the one before it.
#pragma once

#include <cstddef>

#include "cambium/framework/kernels/simd.h"

namespace cambium::CAMBIUM_ISA {

typedef double Doubles __attribute__((vector_size(vector_bytes), may_alias));
inline constexpr int doubles = vector_bytes / static_cast<int>(sizeof(double));
inline constexpr int parts = width / doubles;  // registers of doubles for one of reals
inline constexpr int lanes = 16, groups = lanes / width;

// As many doubles as a Vec has reals.
struct Wide {
  Doubles part[parts];
};

inline Wide widen(Vec v) {
#if defined(CAMBIUM_F64)
  return {{v}};
#elif defined(__AVX512F__)
  return {{_mm512_maskz_cvtps_pd(0xff, _mm512_maskz_extractf32x8_ps(0xff, v, 0)),  // without a mask g++ 12 warns of its own header
           _mm512_maskz_cvtps_pd(0xff, _mm512_maskz_extractf32x8_ps(0xff, v, 1))}};
#elif defined(__AVX2__)
  return {{_mm256_cvtps_pd(_mm256_castps256_ps128(v)), _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1))}};
#else
  Wide wide;
  for (int i = 0; i < width; ++i) wide.part[i / doubles][i % doubles] = static_cast<double>(v[i]);
  return wide;
#endif
}

inline Wide operator-(Wide a, Wide b) {
  for (int p = 0; p < parts; ++p) a.part[p] -= b.part[p];
  return a;
}

// The first n values, as load_partial does, but n = width costs nothing where the compiler knows it.
inline Vec load_up_to(const real* from, int n) { return n == width ? load(from) : load_partial(from, n); }

// The first n values of v, and zeros.
inline Vec first_of(Vec v, int n) {
  if (n == width) return v;
  real values[width];
  store(values, v);
  return load_partial(values, n);
}

// What a lane adds up: a, and, with products, a * b.
struct Terms {
  Wide a, b;
};
template <bool products = true>
struct Sums {
  Wide a, ab;

  void add(const Terms& t) {
    for (int p = 0; p < parts; ++p) {
      a.part[p] += t.a.part[p];
      if constexpr (products) ab.part[p] += t.a.part[p] * t.b.part[p];
    }
  }
};

// Adds n values in a row. terms(i, count) has the terms of `count` of them, from i on; lanes beyond are 0.
template <bool products, class TermsAt>
inline void add_row_to(Sums<products> (&sums)[groups], std::size_t n, TermsAt terms) {
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes)
#pragma GCC unroll 8
    for (int g = 0; g < groups; ++g) sums[g].add(terms(i + static_cast<std::size_t>(g * width), width));
#pragma GCC unroll 8
  for (int g = 0; g < groups; ++g) {
    if (i < n) sums[g].add(terms(i, n - i < std::size_t{width} ? static_cast<int>(n - i) : width));
    i += width;
  }
}

// The lanes as a tree: first whole registers, then what is in one.
inline double total(Doubles (&all)[lanes / doubles]) {
  for (int half = lanes / doubles / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) all[i] += all[i + half];
  double values[doubles];
  memcpy(values, all, sizeof values);
  if constexpr (doubles > 4)
    for (int i = 0; i < 4; ++i) values[i] += values[i + 4];
  if constexpr (doubles > 2)
    for (int i = 0; i < 2; ++i) values[i] += values[i + 2];
  return values[0] + values[1];
}
struct Totals {
  double a, ab;
};
template <bool products>
inline Totals totals(const Sums<products> (&sums)[groups]) {
  Doubles a[lanes / doubles], ab[lanes / doubles];
  for (int g = 0; g < groups; ++g)
    for (int p = 0; p < parts; ++p) a[g * parts + p] = sums[g].a.part[p], ab[g * parts + p] = sums[g].ab.part[p];
  return {total(a), products ? total(ab) : 0};
}

// Writes the first n.
inline void store_up_to(double* to, const Wide& wide, int n) {
  double values[width];
  memcpy(values, &wide, sizeof values);
  for (int i = 0; i < n; ++i) to[i] = values[i];
}

}  // namespace cambium::CAMBIUM_ISA
