#include "cambium/framework/kernels/elementwise.h"

#include <math.h>
#include <stdint.h>

#include "cambium/framework/kernels/vectorize.h"

namespace cambium::CAMBIUM_ISA {

namespace {

using std::size_t;

#ifdef CAMBIUM_F64

// Twins for the tests: std::tanh would be an inline function that all sets of kernels share.
inline double tanh_of(double x) { return ::tanh(x); }
inline double logistic_of(double x) { return 1 / (1 + ::exp(-x)); }

#else

// exp(z) = power * (1 + rest) for -87 <= z <= 0, without branches, so that a loop over it becomes a loop over vectors: the C
// library takes 20 ns for a tanh, this 0.6. power is a power of two and |rest| < 0.42; near 0 power is 1, so that exp(z) - 1
// keeps all its digits. GCC makes vectors of it with -fno-trapping-math only.
struct Exponential {
  float power, rest;
};
inline Exponential exponential(float z) {
  constexpr float round = 12582912;  // 1.5 * 2^23: its sum with a small number has that number, rounded, in its lowest bits
  const float shifted = z * 1.44269504f + round, n = shifted - round;
  // log 2 in two parts, so short in the first one that n times it is exact.
  const float r = (z - n * 0x1.62e4p-1f) - n * 1.42860682e-6f;
  const float series = 0.5f + r * (1.f / 6 + r * (1.f / 24 + r * (1.f / 120 + r * (1.f / 720 + r * (1.f / 5040)))));
  const uint32_t exponent = __builtin_bit_cast(uint32_t, shifted) - __builtin_bit_cast(uint32_t, round) + 127;
  return {__builtin_bit_cast(float, exponent << 23), r + r * r * series};
}

// With e = exp(-2 |x|) - 1, tanh |x| = -e / (2 + e).
inline float tanh_of(float x) {
  const float size = __builtin_fabsf(x);
  const Exponential exp = exponential(-2 * (size > 10 ? 10 : size));  // beyond 10 it is 1 in float
  const float e = exp.power * exp.rest + (exp.power - 1);
  return __builtin_copysignf(e / (2 + e), x);
}

// 1 / (1 + exp(-x)), or exp(x) / (1 + exp(x)) for negative x: the exponential stays below 1. Below -87 it stays at 1.6e-38.
inline float logistic_of(float x) {
  const float size = __builtin_fabsf(x);
  const Exponential exp = exponential(-(size > 87 ? 87 : size));
  const float e = exp.power + exp.power * exp.rest;
  return (x >= 0 ? 1 : e) / (1 + e);
}

#endif

void relu(const real* x, real* y, size_t n) {
  CAMBIUM_VECTORIZE
  for (size_t i = 0; i < n; ++i) y[i] = x[i] <= 0 ? real(0) : x[i];
}

void relu_back(const real* y, const real* dy, real* dx, size_t n) {
  CAMBIUM_VECTORIZE
  for (size_t i = 0; i < n; ++i) {
    const real g = dy[i];  // read in any case: then it is a choice of values, not of branches
    dx[i] = y[i] > 0 ? g : real(0);
  }
}

void tanh(const real* x, real* y, size_t n) {
  CAMBIUM_VECTORIZE
  for (size_t i = 0; i < n; ++i) y[i] = tanh_of(x[i]);
}

void tanh_back(const real* y, const real* dy, real* dx, size_t n) {
  CAMBIUM_VECTORIZE
  for (size_t i = 0; i < n; ++i) dx[i] = dy[i] * (1 - y[i] * y[i]);
}

void logistic(const real* x, real* y, size_t n) {
  CAMBIUM_VECTORIZE
  for (size_t i = 0; i < n; ++i) y[i] = logistic_of(x[i]);
}

void logistic_back(const real* y, const real* dy, real* dx, size_t n) {
  CAMBIUM_VECTORIZE
  for (size_t i = 0; i < n; ++i) dx[i] = dy[i] * (y[i] * (1 - y[i]));
}

void add(const real* a, const real* b, real* y, size_t n) {
  CAMBIUM_VECTORIZE
  for (size_t i = 0; i < n; ++i) y[i] = a[i] + b[i];
}

void subtract(const real* a, const real* b, real* y, size_t n) {
  CAMBIUM_VECTORIZE
  for (size_t i = 0; i < n; ++i) y[i] = a[i] - b[i];
}

void negate(const real* x, real* y, size_t n) {
  CAMBIUM_VECTORIZE
  for (size_t i = 0; i < n; ++i) y[i] = -x[i];
}

void scale(const real* x, real factor, real* y, size_t n) {
  CAMBIUM_VECTORIZE
  for (size_t i = 0; i < n; ++i) y[i] = factor * x[i];
}

void follow(const real* __restrict x, real keep, real* __restrict y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = keep * y[i] + (1 - keep) * x[i];
}

// As whole numbers magnitudes order alike, infinity and NaN above all, and compare in one instruction.
template <class Bits, class Value>
Value largest_of(const Value* x, size_t n) {
  Bits most = 0;
  for (size_t i = 0; i < n; ++i) {
    const Bits bits = __builtin_bit_cast(Bits, x[i]) & static_cast<Bits>(~Bits{0} ^ (Bits{1} << (8 * sizeof(Value) - 1)));
    most = bits > most ? bits : most;
  }
  return __builtin_bit_cast(Value, most);
}

// A sum that is finite has no term that is not: one instruction for as many values as a register holds, in enough sums that an
// addition need not wait for the one before it. Where a sum is not, it may have grown too large: then each value is looked at.
template <class Bits, class Value>
bool finite(const Value* x, size_t n) {
  constexpr size_t lanes = 256 / sizeof(Value);
  const size_t whole = n - n % lanes;
  const bool good = largest_of<Bits>(x + whole, n - whole) * 0 == 0;
  if (whole == 0 || !good) return good;
  Value sum[lanes];
  for (size_t lane = 0; lane < lanes; ++lane) sum[lane] = x[lane];
  for (size_t i = lanes; i < whole; i += lanes)
    for (size_t lane = 0; lane < lanes; ++lane) sum[lane] += x[i + lane];
  return largest_of<Bits>(sum, lanes) * 0 == 0 || largest_of<Bits>(x, whole) * 0 == 0;
}

#ifdef CAMBIUM_F64
using RealBits = int64_t;
#else
using RealBits = int32_t;
#endif

real largest(const real* x, size_t n) { return largest_of<RealBits>(x, n); }

bool all_finite(const real* x, size_t n) { return finite<RealBits>(x, n); }

bool all_finite_state(const double* x, size_t n) { return finite<int64_t>(x, n); }

double sum_of_squares(const real* x, size_t n) {
  constexpr size_t lanes = 16;
  double sum[lanes] = {};
  size_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (size_t lane = 0; lane < lanes; ++lane) sum[lane] += static_cast<double>(x[i + lane]) * static_cast<double>(x[i + lane]);
  for (size_t lane = 0; i + lane < n; ++lane) sum[lane] += static_cast<double>(x[i + lane]) * static_cast<double>(x[i + lane]);
  for (size_t half = lanes / 2; half > 0; half /= 2)
    for (size_t lane = 0; lane < half; ++lane) sum[lane] += sum[lane + half];
  return sum[0];
}

void sum_up(const real* __restrict x, double* __restrict sum, size_t n, bool add) {
  for (size_t i = 0; i < n; ++i) sum[i] = (add ? sum[i] : 0) + static_cast<double>(x[i]);
}

void take_sum(const double* __restrict sum, real* __restrict y, size_t n, bool add) {
  for (size_t i = 0; i < n; ++i) y[i] = static_cast<real>((add ? static_cast<double>(y[i]) : 0) + sum[i]);
}

}  // namespace

extern const ElementwiseKernels elementwise_kernels;
const ElementwiseKernels elementwise_kernels = {.relu = relu,
                                                .relu_back = relu_back,
                                                .tanh = tanh,
                                                .tanh_back = tanh_back,
                                                .logistic = logistic,
                                                .logistic_back = logistic_back,
                                                .add = add,
                                                .subtract = subtract,
                                                .negate = negate,
                                                .scale = scale,
                                                .follow = follow,
                                                .largest = largest,
                                                .all_finite = all_finite,
                                                .all_finite_state = all_finite_state,
                                                .sum_of_squares = sum_of_squares,
                                                .sum_up = sum_up,
                                                .take_sum = take_sum};

}  // namespace cambium::CAMBIUM_ISA
