#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "cambium/layers/activation/tanh.h"
#include "tests/layers/by_hand.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("tanh keeps the layer contract") { check_layer(Tanh(), {Shape{1}, Shape{7}, Shape{3, 5, 7}}); }

TEST_CASE("tanh: a case worked by hand") {
  const Tanh layer;
  LayerBench bench(layer, {Shape{4}}, {.batch = 1});
  // tanh(ln 3 / 2) = (3 - 1) / (3 + 1), and its slope there is 1 - 1/4
  set(bench.x(), {0, 0.5 * std::log(3), -0.5 * std::log(3), 100});
  bench.forward();
  const double tolerance = sizeof(real) == 4 ? 2e-7 : 4e-16;
  const Doubles expected = {0, 0.5, -0.5, 1};
  for (std::size_t i = 0; i < 4; ++i) CHECK(std::fabs(get(bench.y())[i] - expected[i]) <= tolerance);
  set(bench.dy(), {2, 4, 4, 1});
  bench.backward();
  const Doubles slope = {2, 3, 3, 0};
  for (std::size_t i = 0; i < 4; ++i) CHECK(std::fabs(get(bench.dx())[i] - slope[i]) <= 4 * tolerance);
}

TEST_CASE("tanh stays finite at infinity, and keeps a NaN") {
  const Tanh layer;
  LayerBench bench(layer, {Shape{3}}, {.batch = 1});
  const double infinity = std::numeric_limits<double>::infinity();
  set(bench.x(), {infinity, -infinity, std::nan("")});
  bench.forward();
  CHECK(bench.y().data[0] == 1);
  CHECK(bench.y().data[1] == -1);
  CHECK(std::isnan(bench.y().data[2]));
}

TEST_CASE("tanh errors") {
  CHECK(plan_error(Tanh(), {}) == "needs one input, got 0; try joining them first, by Add() or Concat()");
}

}  // namespace cambium
