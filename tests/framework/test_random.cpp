// The random numbers, and the elementary functions below them. Statistical bounds are six standard errors.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "cambium/framework/base/portable_math.h"
#include "cambium/framework/base/random.h"

namespace cambium {
namespace {

struct Moments {
  double mean = 0, variance = 0, skewness = 0, kurtosis = 0;
};

template <class Draw>
Moments moments(std::uint64_t n, double centre, Draw draw) {
  double sum[5] = {};
  for (std::uint64_t i = 0; i < n; ++i) {
    const double x = draw(i) - centre;
    sum[1] += x, sum[2] += x * x, sum[3] += x * x * x, sum[4] += x * x * x * x;
  }
  const double count = static_cast<double>(n), m2 = sum[2] / count;
  return {centre + sum[1] / count, m2, sum[3] / count / (m2 * std::sqrt(m2)), sum[4] / count / (m2 * m2)};
}

TEST_CASE("random: uniform numbers have the moments of the uniform distribution") {
  const std::uint64_t n = 200000;
  const double root = std::sqrt(static_cast<double>(n));
  for (const std::uint64_t seed : {0ULL, 1ULL, 7ULL}) {
    const Random random(seed);
    const auto m = moments(n, 0.5, [&](std::uint64_t i) { return random.uniform(i); });
    CHECK(std::fabs(m.mean - 0.5) < 6 * std::sqrt(1.0 / 12) / root);
    CHECK(std::fabs(m.variance - 1.0 / 12) < 6 * std::sqrt(1.0 / 180) / root);
    for (std::uint64_t i = 0; i < 1000; ++i) CHECK((random.uniform(i) >= 0 && random.uniform(i) < 1));
  }
}

TEST_CASE("random: normal numbers have the moments of the normal distribution") {
  const std::uint64_t n = 200000;
  const double root = std::sqrt(static_cast<double>(n));
  for (const std::uint64_t seed : {0ULL, 1ULL, 7ULL}) {
    const Random random(seed);
    const auto m = moments(n, 0, [&](std::uint64_t i) { return random.normal(i); });
    CHECK(std::fabs(m.mean) < 6 / root);
    CHECK(std::fabs(m.variance - 1) < 6 * std::sqrt(2.0) / root);
    CHECK(std::fabs(m.skewness) < 6 * std::sqrt(6.0) / root);
    CHECK(std::fabs(m.kurtosis - 3) < 6 * std::sqrt(24.0) / root);
  }
}

TEST_CASE("random: as many normal numbers lie in each part as should") {
  const int n = 100000;
  const double edges[] = {-2, -1, 0, 1, 2};
  int below[5] = {};
  const Random random(3);
  for (std::uint64_t i = 0; i < n; ++i)
    for (int e = 0; e < 5; ++e) below[e] += random.normal(i) < edges[e];
  for (int e = 0; e < 5; ++e) {
    CAPTURE(edges[e]);
    const double p = 0.5 * std::erfc(-edges[e] / std::sqrt(2.0));
    CHECK(std::fabs(below[e] - n * p) < 6 * std::sqrt(n * p * (1 - p)));
  }
}

TEST_CASE("random: streams of different parts, and neighbours in a stream, are not correlated") {
  const std::uint64_t n = 100000;
  const Random random(11);
  const Random pairs[][2] = {{random.of(0), random.of(1)},   {random, random.of(0)}, {random.of(1).of(2), random.of(2).of(1)},
                             {random.of(1), random.of(256)}, {random, Random(12)},   {random.of(5), Random(12).of(5)}};
  const double bound = 6 / std::sqrt(static_cast<double>(n));
  for (const auto& [a, b] : pairs) {
    CHECK_FALSE(a == b);
    double same = 0, next = 0;
    for (std::uint64_t i = 0; i < n; ++i) {
      same += 12 * (a.uniform(i) - 0.5) * (b.uniform(i) - 0.5);
      next += 12 * (a.uniform(i) - 0.5) * (a.uniform(i + 1) - 0.5);
    }
    CHECK(std::fabs(same / static_cast<double>(n)) < bound);
    CHECK(std::fabs(next / static_cast<double>(n)) < bound);
  }
}

TEST_CASE("random: below gives every number equally often") {
  const std::uint64_t sides = 7;
  const int n = 70000;
  int seen[sides] = {};
  for (std::uint64_t i = 0; i < n; ++i) {
    const auto face = Random(5).below(i, sides);
    REQUIRE(face < sides);
    ++seen[face];
  }
  for (const int count : seen) CHECK(std::abs(count - 10000) < 6 * std::sqrt(n * 6.0 / 49));
}

TEST_CASE("random: the numbers stay what they are") {
  CHECK(Random(1).bits(0) == 0x67bbc0bc280aa6f5ULL);
  CHECK(Random(1).of(2).bits(3) == 0x02ddce67f925100dULL);
  CHECK(Random(1).normal(0) == -0x1.8d5c36ce64c04p-1);
  CHECK(Random(1).of(2).normal(3) == 0x1.3ad932e0c31bp+1);
}

TEST_CASE("random: shuffle is a permutation, whatever lay there before") {
  for (const int n : {0, 1, 2, 10, 1000}) {
    std::vector<int> items(static_cast<std::size_t>(n), -1), seen(static_cast<std::size_t>(n), 0);
    shuffle(items.data(), n, Random(4));
    for (const int item : items) {
      REQUIRE((item >= 0 && item < n));
      ++seen[static_cast<std::size_t>(item)];
    }
    for (const int times : seen) CHECK(times == 1);
  }
}

TEST_CASE("random: shuffle puts every item everywhere equally often, and every order of three comes up") {
  const int n = 8, rounds = 40000;
  int at[n][n] = {}, orders[3][3] = {};
  for (int round = 0; round < rounds; ++round) {
    int items[n];
    shuffle(items, n, Random(6).of(static_cast<std::uint64_t>(round)));
    for (int i = 0; i < n; ++i) ++at[i][items[i]];
    shuffle(items, 3, Random(8).of(static_cast<std::uint64_t>(round)));
    ++orders[items[0]][items[1]];
  }
  for (const auto& row : at)
    for (const int count : row) CHECK(std::abs(count - rounds / n) < 6 * std::sqrt(rounds * 7.0 / 64));
  for (int a = 0; a < 3; ++a)
    for (int b = 0; b < 3; ++b)
      if (a != b) CHECK(std::abs(orders[a][b] - rounds / 6.0) < 6 * std::sqrt(rounds * 5.0 / 36));
}

TEST_CASE("portable math: agrees with the C library to 2^-50") {
  const Random random(9);
  const double two_pi = 2 * std::acos(-1.0), close = 0x1.0p-50;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const double x = std::exp(random.uniform(i, -700, 700)), y = random.uniform(i, -700, 700), t = random.uniform(i, -0.5, 0.5);
    const double near_one = random.uniform(i, 0.5, 2);
    CHECK(std::fabs(portable_math::log(x) / std::log(x) - 1) < close);
    CHECK(std::fabs(portable_math::log(near_one) - std::log(near_one)) <= close * std::fabs(std::log(near_one)));
    CHECK(std::fabs(portable_math::exp(y) / std::exp(y) - 1) < close);
    CHECK(std::fabs(portable_math::sin_turns(t) - std::sin(two_pi * t)) < close);
    CHECK(std::fabs(portable_math::cos_turns(t) - std::cos(two_pi * t)) < close);
    CHECK(portable_math::sin_turns(t + 8) == doctest::Approx(portable_math::sin_turns(t)).epsilon(1e-12));
  }
}

TEST_CASE("portable math: exact where it can be, and at the ends") {
  CHECK(portable_math::log(1) == 0);
  CHECK(portable_math::exp(0) == 1);
  CHECK(portable_math::exp(-1000) == 0);
  CHECK(portable_math::exp(1000) == std::numeric_limits<double>::infinity());
  CHECK(portable_math::exp(709) == doctest::Approx(std::exp(709.0)));
  CHECK(std::isnan(portable_math::log(0)));
  CHECK(std::isnan(portable_math::log(-1)));
  CHECK(std::isnan(portable_math::exp(std::nan(""))));
  const double quarters[] = {0, 1, 0, -1, 0};
  for (int q = 0; q < 5; ++q)
    for (const int turns : {-3, 0, 1000}) {
      CHECK(portable_math::sin_turns(turns + 0.25 * q) == quarters[q]);
      CHECK(portable_math::cos_turns(turns + 0.25 * q - 0.25) == quarters[q]);
    }
  CHECK(portable_math::sin_turns(0x1.0p-40) == doctest::Approx(2 * std::acos(-1.0) * 0x1.0p-40).epsilon(1e-15));
}

}  // namespace
}  // namespace cambium
