#include <doctest/doctest.h>

#include <cmath>

#include "cambium/layers/activation/relu.h"
#include "tests/layers/by_hand.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("relu keeps the layer contract") { check_layer(Relu(), {Shape{1}, Shape{7}, Shape{3, 5, 7}, Shape{2, 3, 3, 2}}); }

TEST_CASE("relu: a case worked by hand") {
  const Relu layer;
  LayerBench bench(layer, {Shape{4}}, {.batch = 1});
  set(bench.x(), {-2, -0.5, 0, 3});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{0, 0, 0, 3});
  set(bench.dy(), {1, 1, 1, -7});
  bench.backward();
  CHECK(get(bench.dx()) == Doubles{0, 0, 0, -7});
}

TEST_CASE("relu: a NaN is not lost") {
  const Relu layer;
  LayerBench bench(layer, {Shape{33}}, {.batch = 1});
  for (real& x : bench.x()) x = std::numeric_limits<real>::quiet_NaN();
  bench.forward();
  for (const real y : bench.y()) CHECK(std::isnan(y));
}

TEST_CASE("relu errors") {
  CHECK(plan_error(Relu(), {Shape{3}, Shape{3}}) == "needs one input, got 2; try joining them first, by Add() or Concat()");
}

}  // namespace cambium
