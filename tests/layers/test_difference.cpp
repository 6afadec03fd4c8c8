#include <doctest/doctest.h>

#include "cambium/layers/joining/difference.h"
#include "tests/layers/by_hand.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("difference keeps the layer contract") {
  const Shape one{1}, flat{13}, image{3, 5, 7};
  check_layer(Difference(), {{one, one}, {flat, flat}, {image, image}}, linear());
}

TEST_CASE("difference: a case worked by hand") {
  const Difference layer;
  LayerBench bench(layer, {Shape{2}, Shape{2}}, {.batch = 1});
  set(bench.x(0), {5, 1});
  set(bench.x(1), {2, 4});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{3, -3});
  set(bench.dy(), {1, -2});
  bench.backward();
  CHECK(get(bench.dx(0)) == Doubles{1, -2});
  CHECK(get(bench.dx(1)) == Doubles{-1, 2});
}

TEST_CASE("difference errors") {
  CHECK(plan_error(Difference(), {Shape{3}}) == "needs at least 2 inputs, got 1; try g.join(Difference(), {x, y})");
  CHECK(plan_error(Difference(), {Shape{3}, Shape{3}, Shape{3}}) ==
        "needs two inputs, the first minus the second, got 3; try Add() for the others first");
  CHECK(plan_error(Difference(), {Shape{3}, Shape{4}}) ==
        "needs inputs of one shape: input 0 is 3, input 1 is 4; try a Conv2d with a 1x1 kernel on the path that differs");
}

}  // namespace cambium
