// Every kernel at every instruction set against a plain loop in double, in place and not, and the same bits at all of them.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

namespace {

using Values = std::vector<real>;

const std::size_t sizes[] = {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 1023, 1025, 2051};
const double epsilon = static_cast<double>(std::numeric_limits<real>::epsilon());
const real guard = 77;

// n numbers in [-4, 4), and one more that nobody may touch.
Values draw(std::size_t n, std::uint64_t seed) {
  Values values(n + 1);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<real>(Random(seed).uniform(i, -4, 4));
  values[n] = guard;
  return values;
}

// A NaN has no equal, so bits are compared.
bool same_bits(const Values& a, const Values& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(real)) == 0;
}

struct Result {
  Isa isa;
  Values y;
};

// What `run(kernels, y)` makes of y (n values, which start as `start`) at each instruction set, checked against `expected`.
void check(const char* what, std::size_t n, const std::function<Values()>& start,
           const std::function<void(const ElementwiseKernels&, real*)>& run, const std::function<double(std::size_t)>& expected,
           double tolerance) {
  std::vector<Result> results;
  for (const Isa isa : available_isas()) {
    Values y = start();
    run(kernels(isa).elementwise, y.data());
    CAPTURE(what);
    CAPTURE(n);
    CAPTURE(name(isa));
    double worst = 0;
    for (std::size_t i = 0; i < n; ++i) worst = std::fmax(worst, std::fabs(static_cast<double>(y[i]) - expected(i)));
    CHECK(worst <= tolerance);
    CHECK(y[n] == guard);
    results.push_back({isa, std::move(y)});
  }
  for (const Result& result : results) CHECK(same_bits(result.y, results[0].y));
}

// y = f(x) and, in place, x = f(x).
void check_one(const char* what, void (*ElementwiseKernels::*kernel)(const real*, real*, std::size_t), double (*f)(double),
               double tolerance) {
  for (const std::size_t n : sizes) {
    const Values x = draw(n, 1);
    const auto expected = [&](std::size_t i) { return f(static_cast<double>(x[i])); };
    check(
        what, n, [&] { return draw(n, 9); }, [&](const auto& k, real* y) { (k.*kernel)(x.data(), y, n); }, expected, tolerance);
    check(
        what, n, [&] { return x; }, [&](const auto& k, real* y) { (k.*kernel)(y, y, n); }, expected, tolerance);
  }
}

// y = f(a, b), and in place of either.
void check_two(const char* what, void (*ElementwiseKernels::*kernel)(const real*, const real*, real*, std::size_t),
               double (*f)(double, double), double tolerance) {
  for (const std::size_t n : sizes) {
    const Values a = draw(n, 1), b = draw(n, 2);
    const auto expected = [&](std::size_t i) { return f(static_cast<double>(a[i]), static_cast<double>(b[i])); };
    check(
        what, n, [&] { return draw(n, 9); }, [&](const auto& k, real* y) { (k.*kernel)(a.data(), b.data(), y, n); }, expected,
        tolerance);
    check(
        what, n, [&] { return a; }, [&](const auto& k, real* y) { (k.*kernel)(y, b.data(), y, n); }, expected, tolerance);
    check(
        what, n, [&] { return b; }, [&](const auto& k, real* y) { (k.*kernel)(a.data(), y, y, n); }, expected, tolerance);
  }
}

}  // namespace

TEST_CASE("kernels of one input: as the plain loop, the same bits at every instruction set") {
  check_one(
      "relu", &ElementwiseKernels::relu, [](double x) { return x > 0 ? x : 0; }, 0);
  check_one(
      "tanh", &ElementwiseKernels::tanh, [](double x) { return std::tanh(x); }, 2 * epsilon);
  check_one(
      "logistic", &ElementwiseKernels::logistic, [](double x) { return 1 / (1 + std::exp(-x)); }, 2 * epsilon);
  check_one(
      "negate", &ElementwiseKernels::negate, [](double x) { return -x; }, 0);
}

TEST_CASE("kernels of two inputs: as the plain loop, the same bits at every instruction set") {
  check_two(
      "relu_back", &ElementwiseKernels::relu_back, [](double y, double dy) { return y > 0 ? dy : 0; }, 0);
  const auto tanh_back = [](double y, double dy) { return dy * (1 - y * y); };
  check_two("tanh_back", &ElementwiseKernels::tanh_back, tanh_back, 100 * epsilon);
  const auto logistic_back = [](double y, double dy) { return dy * y * (1 - y); };
  check_two("logistic_back", &ElementwiseKernels::logistic_back, logistic_back, 100 * epsilon);
  check_two(
      "add", &ElementwiseKernels::add, [](double a, double b) { return static_cast<double>(static_cast<real>(a + b)); }, 0);
  check_two(
      "subtract", &ElementwiseKernels::subtract, [](double a, double b) { return static_cast<double>(static_cast<real>(a - b)); },
      0);
}

TEST_CASE("tanh and logistic keep their digits at every magnitude, wherever a value stands") {
  for (const Isa isa : available_isas()) {
    const ElementwiseKernels& k = kernels(isa).elementwise;
    double worst_tanh = 0, worst_logistic = 0;
    for (int i = 0; i < 4000; ++i) {
      const double magnitude = std::exp(Random(5).uniform(static_cast<std::uint64_t>(i), -60, std::log(85)));
      Values x(17, static_cast<real>(i % 2 ? magnitude : -magnitude)), y(17), z(17);
      const double exact = static_cast<double>(x[0]), tanh = std::tanh(exact), logistic = 1 / (1 + std::exp(-exact));
      k.tanh(x.data(), y.data(), 17);
      k.logistic(x.data(), z.data(), 17);
      worst_tanh = std::fmax(worst_tanh, std::fabs(static_cast<double>(y[0]) / tanh - 1));
      worst_logistic = std::fmax(worst_logistic, std::fabs(static_cast<double>(z[0]) / logistic - 1));
      REQUIRE(y == Values(17, y[0]));  // in the vectors of the loop and in what is left over
      REQUIRE(z == Values(17, z[0]));
    }
    CHECK(worst_tanh <= 3 * epsilon);
    CHECK(worst_logistic <= 3 * epsilon);
  }
}

TEST_CASE("scale: as the plain loop, the same bits at every instruction set") {
  for (const std::size_t n : sizes) {
    const Values x = draw(n, 1);
    const auto expected = [&](std::size_t i) { return static_cast<double>(static_cast<real>(1.7) * x[i]); };
    check(
        "scale", n, [&] { return x; }, [&](const auto& k, real* y) { k.scale(y, static_cast<real>(1.7), y, n); }, expected, 0);
  }
}

TEST_CASE("follow: as the plain loop, the same bits at every instruction set") {
  const real keep = static_cast<real>(0.9);
  for (const std::size_t n : sizes) {
    const Values x = draw(n, 1), y = draw(n, 2);
    const auto expected = [&](std::size_t i) { return static_cast<double>(keep * y[i] + (1 - keep) * x[i]); };
    check(
        "follow", n, [&] { return y; }, [&](const auto& k, real* to) { k.follow(x.data(), keep, to, n); }, expected, 0);
  }
}

TEST_CASE("a NaN goes through relu, tanh and logistic, wherever it stands") {
  const real nan = std::numeric_limits<real>::quiet_NaN();
  for (const Isa isa : available_isas())
    for (std::size_t at = 0; at < 35; ++at) {
      Values x = draw(35, 1), y(36);
      x[at] = nan;
      const ElementwiseKernels& k = kernels(isa).elementwise;
      for (const auto kernel : {k.relu, k.tanh, k.logistic}) {
        kernel(x.data(), y.data(), 35);
        for (std::size_t i = 0; i < 35; ++i) REQUIRE(std::isnan(y[i]) == (i == at));
      }
    }
}

TEST_CASE("largest and all_finite find a single NaN or infinity, wherever it stands, and take every finite number") {
  const real infinity = std::numeric_limits<real>::infinity();
  for (const Isa isa : available_isas()) {
    const auto largest = kernels(isa).elementwise.largest;
    const auto all_finite = kernels(isa).elementwise.all_finite;
    for (const std::size_t n : std::vector<std::size_t>{0, 1, 3, 17, 63, 64, 65, 100, 128, 1025, 2051, 4096, 8200}) {
      Values x = draw(n, 1);
      if (n > 0) x[n / 2] = -std::numeric_limits<real>::max();
      x[n] = infinity;  // beyond the end
      CHECK(largest(x.data(), n) == (n > 0 ? std::numeric_limits<real>::max() : 0));
      CHECK(all_finite(x.data(), n));
      CHECK(all_finite(Values(n, std::numeric_limits<real>::max()).data(), n));  // sums of which are infinite
      for (const real bad : {infinity, -infinity, std::numeric_limits<real>::quiet_NaN()})
        for (std::size_t at = 0; at < n; at += 1 + n / 17) {
          const real good = x[at];
          x[at] = bad;
          REQUIRE_FALSE(std::isfinite(largest(x.data(), n)));
          REQUIRE_FALSE(all_finite(x.data(), n));
          x[at] = good;
        }
    }
  }
}

TEST_CASE("sum_of_squares: in double, the same bits at every instruction set") {
  for (const std::size_t n : sizes) {
    const Values x = draw(n, 3);
    double expected = 0;
    for (std::size_t i = 0; i < n; ++i) expected += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    const double first = kernels(Isa::portable).elementwise.sum_of_squares(x.data(), n);
    CHECK(std::fabs(first - expected) <= 1e-14 * expected);
    for (const Isa isa : available_isas()) CHECK(kernels(isa).elementwise.sum_of_squares(x.data(), n) == first);
  }
}

TEST_CASE("sum_up adds in double what take_sum rounds once") {
  for (const Isa isa : available_isas())
    for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{131}})
      for (const bool add : {false, true}) {
        const Values x = draw(n, 1), old = draw(n, 2);
        std::vector<double> sum(n, std::nan(""));
        for (int t = 0; t < 3; ++t) kernels(isa).elementwise.sum_up(x.data(), sum.data(), n, t > 0);
        Values y = old;
        kernels(isa).elementwise.take_sum(sum.data(), y.data(), n, add);
        for (std::size_t i = 0; i < n; ++i) {
          const double three = 2 * static_cast<double>(x[i]) + static_cast<double>(x[i]);
          CHECK(sum[i] == three);
          CHECK(y[i] == static_cast<real>((add ? static_cast<double>(old[i]) : 0) + three));
        }
      }
}

}  // namespace cambium
