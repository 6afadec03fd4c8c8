#include "cambium/framework/base/portable_math.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace cambium::portable_math {

namespace {

constexpr double two_pi = 6.283185307179586;
constexpr double ln2_high = 0x1.62e42fee00000p-1;  // the last 21 bits are zero, so that its product with an exponent is exact
constexpr double ln2_low = 0x1.a39ef35793c76p-33;

// Taylor series on [-pi/4, pi/4]; the first term left out is below 2^-56 of the sum.
double sine(double x) {
  const double s = x * x;
  double sum = 0;
  for (int k = 17; k >= 3; k -= 2) sum = (1 + sum) * (s * (-1.0 / (k * (k - 1))));
  return x + x * sum;
}

double cosine(double x) {
  const double s = x * x;
  double sum = 0;
  for (int k = 18; k >= 4; k -= 2) sum = (1 + sum) * (s * (-1.0 / (k * (k - 1))));
  return 1 - 0.5 * (s * (1 + sum));
}

// The quarter of the circle that t lies in, counted from -1/8 turn, and the angle from its middle. Only the last product rounds.
struct Quarter {
  int number;
  double angle;
};
Quarter quarter_of(double t) {
  t -= std::floor(t + 0.5);
  const double nearest = std::floor(4 * t + 0.5);
  return {static_cast<int>(nearest) & 3, (t - 0.25 * nearest) * two_pi};
}

}  // namespace

double log(double x) {
  if (!(x >= std::numeric_limits<double>::min()) || x > std::numeric_limits<double>::max())
    return std::numeric_limits<double>::quiet_NaN();
  const auto bits = std::bit_cast<std::uint64_t>(x);
  int exponent = static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0xfffffffffffffULL) | 0x3ff0000000000000ULL);
  if (m > 1.4142135623730951) m *= 0.5, ++exponent;
  // log m = 2 artanh((m - 1) / (m + 1)), and the series of artanh is short here: its argument stays below 0.172.
  const double s = (m - 1) / (m + 1), square = s * s;
  double sum = 0;
  for (int k = 21; k >= 3; k -= 2) sum = square * (1.0 / k + sum);
  return exponent * ln2_high + (2 * s + (2 * s * sum + exponent * ln2_low));
}

double exp(double x) {
  if (x != x) return x;
  if (x < -708) return 0;
  if (x > 709) return std::numeric_limits<double>::infinity();
  const double n = std::floor(x * 1.4426950408889634 + 0.5);
  const double r = (x - n * ln2_high) - n * ln2_low;
  double sum = 0;
  for (int k = 14; k >= 2; --k) sum = (1 + sum) * (r * (1.0 / k));
  const double m = 1 + (r + r * sum);
  // Two factors, since 2^1023 times a mantissa below 1 would overflow on the way.
  const int power = static_cast<int>(n), half = power / 2;
  const auto two_to = [](int e) { return std::bit_cast<double>(static_cast<std::uint64_t>(e + 1023) << 52); };
  return m * two_to(half) * two_to(power - half);
}

double sin_turns(double t) {
  const auto [number, angle] = quarter_of(t);
  const double value = number & 1 ? cosine(angle) : sine(angle);
  return number & 2 ? -value : value;
}

double cos_turns(double t) {
  const auto [number, angle] = quarter_of(t);
  const double value = number & 1 ? sine(angle) : cosine(angle);
  return number == 1 || number == 2 ? -value : value;
}

}  // namespace cambium::portable_math
