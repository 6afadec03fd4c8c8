#include <doctest/doctest.h>

#include "cambium/layers/joining/concat.h"
#include "tests/layers/by_hand.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("concat keeps the layer contract") {
  check_layer(Concat(),
              {{Shape{1}, Shape{1}},
               {Shape{7}, Shape{3}, Shape{5}},
               {Shape{2, 5, 3}, Shape{1, 5, 3}},
               {Shape{1, 2, 3, 2}, Shape{3, 2, 3, 2}}},
              linear());
}

TEST_CASE("concat: a case worked by hand") {
  const Concat layer;
  LayerBench bench(layer, {Shape{1, 1, 2}, Shape{2, 1, 2}}, {.batch = 2});
  set(bench.x(0), {1, 2, 3, 4});
  set(bench.x(1), {10, 20, 30, 40, 50, 60, 70, 80});
  bench.forward();
  CHECK(bench.y().shape == Shape{3, 1, 2});
  CHECK(get(bench.y()) == Doubles{1, 2, 10, 20, 30, 40, 3, 4, 50, 60, 70, 80});
  bench.backward();
  Doubles back = get(bench.dx(0));
  const Doubles dy = get(bench.dy());
  CHECK(back == Doubles{dy[0], dy[1], dy[6], dy[7]});
  back = get(bench.dx(1));
  CHECK(back == Doubles{dy[2], dy[3], dy[4], dy[5], dy[8], dy[9], dy[10], dy[11]});
}

TEST_CASE("concat errors") {
  CHECK(plan_error(Concat(), {Shape{3}}) == "needs at least 2 inputs, got 1; try g.join(Concat(), {x, y})");
  CHECK(plan_error(Concat(), {Shape{3, 5, 5}, Shape{3, 5, 4}}) ==
        "joins along channels, and all other sizes must agree: input 0 is 3x5x5, input 1 is 3x5x4; "
        "try the same stride and pad on all paths");
  CHECK(plan_error(Concat(), {Shape{3, 5, 5}, Shape{75}}) ==
        "joins along channels, and all other sizes must agree: input 0 is 3x5x5, input 1 is 75; "
        "try the same stride and pad on all paths");
  CHECK(plan_error(Concat(), {Shape{2000000000}, Shape{2000000000}}) ==
        "the inputs have more than 2^31 - 1 channels together; try fewer or smaller inputs");
}

}  // namespace cambium
