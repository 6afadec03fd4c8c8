#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "cambium/layers/activation/logistic.h"
#include "tests/layers/by_hand.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("logistic keeps the layer contract") { check_layer(Sigmoid(), {Shape{1}, Shape{7}, Shape{3, 5, 7}}); }

TEST_CASE("logistic: a case worked by hand") {
  const Logistic layer;
  LayerBench bench(layer, {Shape{3}}, {.batch = 1});
  // odds of 1, 3 and 1 to 3
  set(bench.x(), {0, std::log(3), -std::log(3)});
  bench.forward();
  const double tolerance = sizeof(real) == 4 ? 2e-7 : 4e-16;
  const Doubles expected = {0.5, 0.75, 0.25};
  for (std::size_t i = 0; i < 3; ++i) CHECK(std::fabs(get(bench.y())[i] - expected[i]) <= tolerance);
  set(bench.dy(), {4, 16, -16});
  bench.backward();
  const Doubles slope = {1, 3, -3};
  for (std::size_t i = 0; i < 3; ++i) CHECK(std::fabs(get(bench.dx())[i] - slope[i]) <= 16 * tolerance);
}

TEST_CASE("logistic stays finite far out, and keeps a NaN") {
  const Logistic layer;
  LayerBench bench(layer, {Shape{5}}, {.batch = 1});
  const double infinity = std::numeric_limits<double>::infinity();
  set(bench.x(), {1e4, -1e4, infinity, -infinity, std::nan("")});
  bench.forward();
  const Doubles y = get(bench.y());
  CHECK(y[0] == 1);
  CHECK(y[2] == 1);
  for (const std::size_t i : {std::size_t{1}, std::size_t{3}}) CHECK((y[i] >= 0 && y[i] < 1e-37));
  CHECK(std::isnan(y[4]));
}

TEST_CASE("logistic errors") {
  CHECK(plan_error(Logistic(), {}) == "needs one input, got 0; try joining them first, by Add() or Concat()");
}

}  // namespace cambium
