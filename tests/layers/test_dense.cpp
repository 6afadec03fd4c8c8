#include <doctest/doctest.h>

#include "cambium/layers/linear/dense.h"
#include "tests/layers/by_hand.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("dense keeps the layer contract") {
  check_layer(Dense(1), {Shape{1}, Shape{5}}, linear());
  check_layer(Dense(7), {Shape{1}, Shape{13}, Shape{64}}, linear());
  check_layer(Dense(67, {.bias = false}), {Shape{33}}, linear());
  check_layer(Dense(5), {Shape{9}}, {.tolerance = 1e-9, .step = 1e-3, .batches = {2, 3, 4, 40}});
}

TEST_CASE("dense: a case worked by hand") {
  const Dense layer(2);
  LayerBench bench(layer, {Shape{3}}, {.batch = 2});
  set(bench.param(0), {1, 2, 3, -1, 0, 1});
  set(bench.param(1), {10, -10});
  set(bench.x(), {1, 1, 1, 2, 0, -1});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{16, -10, 9, -13});
  set(bench.dy(), {1, 2, 0, 3});
  bench.backward();
  CHECK(get(bench.dx()) == Doubles{-1, 2, 5, -3, 0, 3});
  CHECK(get(bench.gradient(0)) == Doubles{1, 1, 1, 8, 2, -1});
  CHECK(get(bench.gradient(1)) == Doubles{1, 5});
  bench.backward(/*add=*/true);
  CHECK(get(bench.gradient(1)) == Doubles{2, 10});
}

TEST_CASE("dense says what it has and what it costs") {
  const std::vector<Shape> in = {Shape{784}};
  const LayerSpec spec = Dense(10, {.init = init::glorot_uniform()}).plan({.in = in});
  CHECK(spec.params[0].sizes == std::vector<int>{10, 784});
  CHECK(spec.params[0].fan_in == 784);
  CHECK(spec.params[0].fan_out == 10);
  CHECK(spec.params[0].init == init::glorot_uniform());
  CHECK(spec.params[0].decay);
  CHECK_FALSE(spec.params[1].decay);
  CHECK(spec.flops == 2 * 7840 + 10);
  CHECK(Dense(10, {.bias = false}).plan({.in = in}).params.size() == 1);
  CHECK(Dense(10).describe().str() == "dense (outputs 10, bias true, init he_normal, bias_init zeros)");
}

TEST_CASE("dense errors") {
  CHECK(error_of([] { Dense(0); }) == "dense with 0 outputs: it needs at least 1; try Dense(10)");
  CHECK(plan_error(Dense(10), {Shape{1, 28, 28}}) == "needs a flat input, got 1x28x28; try a Flatten() before it");
  CHECK(plan_error(Dense(10), {Shape{3}, Shape{3}}) == "needs one input, got 2; try joining them first, by Add() or Concat()");
}

}  // namespace cambium
