// The three transforms of F(4, 3) and F(2, 5): four outputs of a row from three weights, two from five, and six inputs for either.
// Each for a vector of rows at once; for squares, F(4 x 4, 3 x 3), they are applied to the columns and then to the rows.
// Outputs, inputs and weights are seen as polynomials, multiplied through their values at the points 0, p, -p, q, -q and infinity.
// Points that come in pairs share their even and odd halves, so that a line costs 12 instructions.
#pragma once

#include "cambium/framework/kernels/simd.h"

namespace cambium::CAMBIUM_ISA {

// Errors go by the points. Root mean square against that of the direct sum, for 64 channels: 4 times with the usual 1 and 2 (and 1
// and 1/2), 1.8 times with these, the best of eleven pairs, whose squares and products are exact as well.
inline constexpr double p = 0.625, q = 1.5;

inline constexpr int tile_in = 6, tile_out = 4, places = tile_in * tile_in;

[[gnu::always_inline]] inline Vec number(double x) { return broadcast(static_cast<real>(x)); }

// B^T d, in place.
[[gnu::always_inline]] inline void transform_input(Vec& d0, Vec& d1, Vec& d2, Vec& d3, Vec& d4, Vec& d5) {
  const Vec pp = number(-p * p), qq = number(-q * q), both = number(p * p * q * q), sum = number(-p * p - q * q);
  const Vec even_p = fma(d2, qq, d4), odd_p = fma(d1, qq, d3), even_q = fma(d2, pp, d4), odd_q = fma(d1, pp, d3);
  d0 = fma(d0, both, fma(d2, sum, d4));
  d5 = fma(d1, both, fma(d3, sum, d5));
  d1 = fma(odd_p, number(p), even_p);
  d2 = fma(odd_p, number(-p), even_p);
  d3 = fma(odd_q, number(q), even_q);
  d4 = fma(odd_q, number(-q), even_q);
}

// A^T m: the first four values.
[[gnu::always_inline]] inline void transform_output(Vec& m0, Vec& m1, Vec& m2, Vec& m3, const Vec& m4, const Vec& m5) {
  const Vec even_p = m1 + m2, odd_p = m1 - m2, even_q = m3 + m4, odd_q = m3 - m4;
  m0 = m0 + even_p + even_q;
  m1 = fma(odd_q, number(q), number(p) * odd_p);
  m2 = fma(even_q, number(q * q), number(p * p) * even_p);
  m3 = fma(odd_q, number(q * q * q), fma(odd_p, number(p * p * p), m5));
}

// G g: six values of three.
[[gnu::always_inline]] inline void transform_weights(const Vec& g0, const Vec& g1, const Vec& g2, Vec (&u)[tile_in]) {
  constexpr double at_p = 1 / (2 * p * p * (p * p - q * q)), at_q = 1 / (2 * q * q * (q * q - p * p));
  const Vec even_p = fma(g2, number(p * p * at_p), number(at_p) * g0);
  const Vec even_q = fma(g2, number(q * q * at_q), number(at_q) * g0);
  u[0] = g0 * number(1 / (p * p * q * q));
  u[1] = fma(g1, number(p * at_p), even_p);
  u[2] = fma(g1, number(-p * at_p), even_p);
  u[3] = fma(g1, number(q * at_q), even_q);
  u[4] = fma(g1, number(-q * at_q), even_q);
  u[5] = g2;
}

// The same for two outputs from five weights: A^T m, the first two values, and G g.
[[gnu::always_inline]] inline void transform_pair(Vec& m0, Vec& m1, const Vec& m2, const Vec& m3, const Vec& m4, const Vec& m5) {
  const Vec even = m1 + m2 + (m3 + m4), odd_p = m1 - m2, odd_q = m3 - m4;
  m0 = m0 + even;
  m1 = fma(odd_q, number(q), fma(odd_p, number(p), m5));
}
[[gnu::always_inline]] inline void transform_weights(const Vec (&g)[5], Vec (&u)[tile_in]) {
  constexpr double at_p = 1 / (2 * p * p * (p * p - q * q)), at_q = 1 / (2 * q * q * (q * q - p * p));
  const auto pair = [&](double x, double scale, Vec& at_x, Vec& at_minus_x) __attribute__((always_inline)) {
    const Vec square = number(x * x), even = number(scale) * fma(fma(g[4], square, g[2]), square, g[0]);
    const Vec odd = fma(g[3], square, g[1]);
    at_x = fma(odd, number(x * scale), even);
    at_minus_x = fma(odd, number(-x * scale), even);
  };
  u[0] = g[0] * number(1 / (p * p * q * q));
  pair(p, at_p, u[1], u[2]);
  pair(q, at_q, u[3], u[4]);
  u[5] = g[4];
}

}  // namespace cambium::CAMBIUM_ISA
