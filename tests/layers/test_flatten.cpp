#include <doctest/doctest.h>

#include "cambium/layers/shape/flatten.h"
#include "tests/layers/by_hand.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("flatten keeps the layer contract") {
  check_layer(Flatten(), {Shape{1}, Shape{7}, Shape{3, 5, 7}, Shape{2, 3, 1, 2}}, linear());
}

TEST_CASE("flatten: channel by channel, row by row") {
  const Flatten layer;
  LayerBench bench(layer, {Shape{2, 1, 2}}, {.batch = 2});
  const Doubles numbers = {1, 2, 3, 4, 5, 6, 7, 8};
  set(bench.x(), numbers);
  bench.forward();
  CHECK(bench.y().shape == Shape{4});
  CHECK(get(bench.y()) == numbers);
  set(bench.dy(), numbers);
  bench.backward();
  CHECK(get(bench.dx()) == numbers);
}

TEST_CASE("flatten is a form that a plan can pass over") {
  const std::vector<Shape> in = {Shape{2, 3, 5}};
  CHECK(std::holds_alternative<form::Reshape>(Flatten().plan({.in = in}).form));
  CHECK(Flatten().plan({.in = in}).flops == 0);
}

TEST_CASE("flatten errors") {
  CHECK(plan_error(Flatten(), {Shape{3}, Shape{3}}) == "needs one input, got 2; try joining them first, by Add() or Concat()");
}

}  // namespace cambium
