// A vector register full of numbers, as wide as the instruction set of the file that includes this. Only for sources of kernels.
//
// Vec adds, subtracts, multiplies and compares like a number (a compiler extension that g++ and clang share). What the extension
// lacks stands below: loads and stores, of a whole vector or of its first values, and the fused multiply-add.
#pragma once

#if defined(__AVX2__)
#include <immintrin.h>
#endif
#include <stddef.h>
#include <string.h>

#include "cambium/framework/kernels/real.h"

namespace cambium::CAMBIUM_ISA {

using Index = ptrdiff_t;

#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64, vector_registers = 32;
#elif defined(__AVX2__)
inline constexpr int vector_bytes = 32, vector_registers = 16;
#else
inline constexpr int vector_bytes = 16, vector_registers = 16;
#endif

typedef real Vec __attribute__((vector_size(vector_bytes), may_alias));
inline constexpr int width = vector_bytes / static_cast<int>(sizeof(real));

inline Vec load(const real* from) {
  Vec v;
  memcpy(&v, from, sizeof v);
  return v;
}
inline void store(real* to, Vec v) { memcpy(to, &v, sizeof v); }
inline Vec broadcast(real x) { return x - Vec{}; }

// The same value, kept in a register: g++ would otherwise read it from memory at each of its uses, more than loads keep up with.
inline Vec in_register(Vec v) {
#if defined(__x86_64__)
  asm("" : "+v"(v));
#endif
  return v;
}

// a * b + c, rounded once where the processor can, so that vector and portable kernels differ in the last bits.
#if defined(__AVX512F__)
inline __m512 fma(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }
inline __m512d fma(__m512d a, __m512d b, __m512d c) { return _mm512_fmadd_pd(a, b, c); }
#elif defined(__AVX2__)
inline __m256 fma(__m256 a, __m256 b, __m256 c) { return _mm256_fmadd_ps(a, b, c); }
inline __m256d fma(__m256d a, __m256d b, __m256d c) { return _mm256_fmadd_pd(a, b, c); }
#else
inline Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }
#endif

#if defined(__AVX2__) && !defined(__AVX512F__)
inline __m256i partial_mask(int n) {  // all bits of the first n values
  if constexpr (sizeof(real) == 4)
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  else
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3));
}
#endif

// The first n values, 0 <= n <= width; the others are 0, and memory behind them is not touched.
inline Vec load_partial(const real* from, int n) {
  Vec v = {};
#if defined(__AVX512F__)
  if constexpr (sizeof(real) == 4)
    v = (Vec)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), from);
  else
    v = (Vec)_mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << n) - 1), from);
#elif defined(__AVX2__)
  if constexpr (sizeof(real) == 4)
    v = (Vec)_mm256_maskload_ps(reinterpret_cast<const float*>(from), partial_mask(n));
  else
    v = (Vec)_mm256_maskload_pd(reinterpret_cast<const double*>(from), partial_mask(n));
#else
  memcpy(&v, from, static_cast<unsigned>(n) * sizeof(real));
#endif
  return v;
}
inline void store_partial(real* to, Vec v, int n) {
#if defined(__AVX512F__)
  if constexpr (sizeof(real) == 4)
    _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << n) - 1), (__m512)v);
  else
    _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1u << n) - 1), (__m512d)v);
#else  // in powers of two: a masked store takes tens of steps on some processors
  if (n == width) return store(to, v);
  real values[width];
  store(values, v);
  int done = 0;
#pragma GCC unroll 4
  for (int part = width / 2; part > 0; part /= 2)
    if (n & part) memcpy(to + done, values + done, static_cast<unsigned>(part) * sizeof(real)), done += part;
#endif
}

}  // namespace cambium::CAMBIUM_ISA
