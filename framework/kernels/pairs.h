// Vectors of every second value: for windows that lie two by two. Only for the sources of kernels.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cambium/framework/kernels/simd.h"

namespace cambium::CAMBIUM_ISA {

typedef decltype(Vec{} < Vec{}) IntVec;  // whole numbers as wide as a real; what a comparison gives, -1 where it is true

inline IntVec broadcast_int(std::ptrdiff_t n) { return static_cast<decltype(IntVec{}[0] + 0)>(n) - IntVec{}; }
inline IntVec ascending() {
  IntVec v;
  for (int i = 0; i < width; ++i) v[i] = i;
  return v;
}

// From `width` values at each of two places: first those at 0, 2, 4, ..., second those at 1, 3, 5, ...
struct Pairs {
  Vec first, second;
};

inline Pairs pairs_of(Vec low, Vec high) {
#if defined(__AVX512F__) && !defined(CAMBIUM_F64)
  const __m512i even = (__m512i)(2 * ascending()), odd = (__m512i)(2 * ascending() + 1);
  low = in_register(low), high = in_register(high);
  return {_mm512_permutex2var_ps(low, even, high), _mm512_permutex2var_ps(low, odd, high)};
#elif defined(__AVX2__) && !defined(CAMBIUM_F64)
  const auto in_order = [](__m256 v) { return (Vec)_mm256_permute4x64_pd((__m256d)v, 0xd8); };  // a shuffle stays within halves
  return {in_order(_mm256_shuffle_ps(low, high, 0x88)), in_order(_mm256_shuffle_ps(low, high, 0xdd))};
#else
  Pairs pairs;
  for (int i = 0; i < width; ++i) {
    pairs.first[i] = i < width / 2 ? low[2 * i] : high[2 * i - width];
    pairs.second[i] = i < width / 2 ? low[2 * i + 1] : high[2 * i + 1 - width];
  }
  return pairs;
#endif
}
inline Pairs load_pairs(const real* one, const real* two) { return pairs_of(load(one), load(two)); }

// The way back: v.first[0], v.second[0], v.first[1] and so on, to two vectors that lie one after the other.
inline void store_pairs(real* to, Pairs v) {
#if defined(__AVX512F__) && !defined(CAMBIUM_F64)
  const IntVec low = (ascending() >> 1) + width * (ascending() & 1);
  store(to, (Vec)_mm512_permutex2var_ps(v.first, (__m512i)low, v.second));
  store(to + width, (Vec)_mm512_permutex2var_ps(v.first, (__m512i)(low + width / 2), v.second));
#elif defined(__AVX2__) && !defined(CAMBIUM_F64)
  const __m256 low = _mm256_unpacklo_ps(v.first, v.second), high = _mm256_unpackhi_ps(v.first, v.second);  // within halves
  store(to, (Vec)_mm256_permute2f128_ps(low, high, 0x20));
  store(to + width, (Vec)_mm256_permute2f128_ps(low, high, 0x31));
#else
  for (int i = 0; i < width; ++i) to[2 * i] = v.first[i], to[2 * i + 1] = v.second[i];
#endif
}

// The first n <= width / 2 values, each of them twice.
inline Vec load_twice(const real* from, int n) {
#if defined(__AVX512F__) && !defined(CAMBIUM_F64)
  return _mm512_maskz_permutexvar_ps(0xffff, (__m512i)(ascending() >> 1), load_partial(from, n));
#elif defined(__AVX2__) && !defined(CAMBIUM_F64)
  if (n == width / 2) return _mm256_permutevar8x32_ps(_mm256_castps128_ps256(_mm_loadu_ps(from)), (__m256i)(ascending() >> 1));
#endif
  Vec v = {};
  for (int i = 0; i < 2 * n; ++i) v[i] = from[i / 2];
  return v;
}
inline IntVec load_twice(const std::int32_t* from, int n) {
#if !defined(CAMBIUM_F64)
  return (IntVec)load_twice(reinterpret_cast<const real*>(from), n);
#else
  IntVec v = {};
  for (int i = 0; i < 2 * n; ++i) v[i] = from[i / 2];
  return v;
#endif
}

// Each half of v to a place of its own; where they overlap, what goes to `two` stays.
inline void store_halves(real* one, real* two, Vec v) {
  if (two == one + width / 2) return store(one, v);
#if defined(__AVX512F__) && !defined(CAMBIUM_F64)
  _mm512_mask_storeu_ps(one, 0x00ff, v);
  _mm512_mask_storeu_ps(two - width / 2, 0xff00, v);
#else
  real values[width];
  store(values, v);
  memcpy(one, values, sizeof values / 2);
  memcpy(two, values + width / 2, sizeof values / 2);
#endif
}
inline void store_halves(std::int32_t* one, std::int32_t* two, IntVec v) {
#if !defined(CAMBIUM_F64)
  store_halves(reinterpret_cast<real*>(one), reinterpret_cast<real*>(two), (Vec)v);  // as wide as a real: the bits are only moved
#else
  for (int i = 0; i < width / 2; ++i) one[i] = static_cast<std::int32_t>(v[i]);
  for (int i = 0; i < width / 2; ++i) two[i] = static_cast<std::int32_t>(v[i + width / 2]);
#endif
}

}  // namespace cambium::CAMBIUM_ISA
