#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/init.h"

namespace cambium {
namespace {

std::vector<real> filled(const Initializer& rule, std::size_t n, int fan_in, int fan_out, std::uint64_t seed = 5) {
  std::vector<real> values(n, static_cast<real>(-77));
  fill(rule, values.data(), n, fan_in, fan_out, Random(seed));
  return values;
}

struct Sample {
  double mean = 0, variance = 0, kurtosis = 0, largest = 0;
};

Sample measure(const std::vector<real>& values) {
  const double n = static_cast<double>(values.size());
  Sample s;
  for (const real v : values) s.mean += static_cast<double>(v) / n;
  double fourth = 0;
  for (const real v : values) {
    const double d = static_cast<double>(v) - s.mean;
    s.variance += d * d / n, fourth += d * d * d * d / n;
    s.largest = std::fmax(s.largest, std::fabs(static_cast<double>(v)));
  }
  s.kurtosis = fourth / (s.variance * s.variance);
  return s;
}

constexpr std::size_t many = 200000;

// Six sigma: the variance of a sample variance is (kurtosis - 1) sigma^4 / n.
void check_spread(const Sample& s, double deviation, double kurtosis) {
  const double n = static_cast<double>(many), variance = deviation * deviation;
  CHECK(std::fabs(s.mean) <= 6 * deviation / std::sqrt(n));
  CHECK(std::fabs(s.variance - variance) <= 6 * variance * std::sqrt((kurtosis - 1) / n));
}

void check_uniform(const Initializer& rule, int fan_in, int fan_out, double bound) {
  CAPTURE(rule.str());
  const Sample s = measure(filled(rule, many, fan_in, fan_out));
  check_spread(s, bound / std::sqrt(3.0), 1.8);
  CHECK(s.largest <= static_cast<double>(static_cast<real>(bound)));
  CHECK(s.largest > bound * (1 - 1e-3));  // all of 200000 below that: a chance of e^-200
  CHECK(std::fabs(s.kurtosis - 1.8) < 0.02);
}

void check_normal(const Initializer& rule, int fan_in, int fan_out, double deviation) {
  CAPTURE(rule.str());
  const Sample s = measure(filled(rule, many, fan_in, fan_out));
  check_spread(s, deviation, 3);
  CHECK(std::fabs(s.kurtosis - 3) < 6 * std::sqrt(24.0 / static_cast<double>(many)));
  CHECK(s.largest > 3.5 * deviation);  // not cut off
}

TEST_CASE("initializers have the spread of their papers") {
  check_uniform(init::uniform(0.05), 1, 1, 0.05);
  check_uniform(init::glorot_uniform(), 30, 50, std::sqrt(6.0 / 80));
  check_uniform(init::he_uniform(), 30, 50, std::sqrt(6.0 / 30));
  check_normal(init::normal(0.02), 1, 1, 0.02);
  check_normal(init::glorot_normal(), 30, 50, std::sqrt(2.0 / 80));
  check_normal(init::he_normal(), 30, 50, std::sqrt(2.0 / 30));
}

TEST_CASE("initializers without chance") {
  for (const real v : filled(init::zeros(), 7, 1, 1)) CHECK(v == 0);
  for (const real v : filled(init::ones(), 7, 1, 1)) CHECK(v == 1);
  for (const real v : filled(init::constant(-0.25), 7, 1, 1)) CHECK(v == static_cast<real>(-0.25));
  CHECK(filled(init::uniform(0), 3, 1, 1) == std::vector<real>(3, 0));
}

TEST_CASE("value i does not depend on how many are filled, and another stream gives others") {
  const auto few = filled(init::he_normal(), 5, 9, 9), more = filled(init::he_normal(), 500, 9, 9);
  for (std::size_t i = 0; i < few.size(); ++i) CHECK(few[i] == more[i]);
  CHECK(few != filled(init::he_normal(), 5, 9, 9, 6));
}

TEST_CASE("initializers tell what they are") {
  CHECK(init::he_normal().str() == "he_normal");
  CHECK(init::uniform(0.05).str() == "uniform(0.05)");
  CHECK(init::normal(0.02).str() == "normal(0.02)");
  CHECK(init::constant(-1).str() == "constant(-1)");
  CHECK(init::zeros().str() == "zeros");
  CHECK(init::ones().str() == "ones");
  CHECK(init::glorot_uniform().str() == "glorot_uniform");
}

TEST_CASE("initializers refuse numbers that make no sense") {
  real value = 3;
  const auto refuse = [&](const Initializer& rule, int fan_in, int fan_out, const char* message) {
    CHECK_THROWS_WITH_AS(fill(rule, &value, 1, fan_in, fan_out, Random(1)), message, Error);
    CHECK(value == 3);
  };
  refuse(init::constant(std::numeric_limits<double>::infinity()), 1, 1,
         "initializer constant(inf): the number must be finite; try 0.05");
  refuse(init::normal(std::nan("")), 1, 1, "initializer normal(nan): the number must be finite; try 0.05");
  refuse(init::uniform(-0.1), 1, 1, "initializer uniform(-0.1): the width must not be negative; try 0.1");
  refuse(init::normal(-2), 1, 1, "initializer normal(-2): the width must not be negative; try 2");
  refuse(init::he_normal(), 0, 4,
         "initializer he_normal: needs a fan_in and a fan_out of at least 1, and got 0 and 4; "
         "try uniform(0.05), which reads neither");
}

}  // namespace
}  // namespace cambium
