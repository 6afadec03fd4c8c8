#include <doctest/doctest.h>

#include "cambium/layers/pooling/global_avg_pool.h"
#include "tests/layers/by_hand.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("global_avg_pool keeps the layer contract") {
  check_layer(GlobalAvgPool(), {Shape{1, 1, 1}, Shape{3, 5, 7}, Shape{5, 2, 4}, Shape{2, 1, 31}}, linear());
}

TEST_CASE("global_avg_pool: a case worked by hand") {
  const GlobalAvgPool layer;
  LayerBench bench(layer, {Shape{2, 1, 4}}, {.batch = 1});
  set(bench.x(), {1, 2, 3, 6, -1, -1, -1, -1});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{3, -1});
  set(bench.dy(), {4, 8});
  bench.backward();
  CHECK(get(bench.dx()) == Doubles{1, 1, 1, 1, 2, 2, 2, 2});
}

TEST_CASE("global_avg_pool: many large values lose no digits") {
  const GlobalAvgPool layer;
  LayerBench bench(layer, {Shape{1, 300, 301}}, {.batch = 1});
  for (real& x : bench.x()) x = 16777215;  // a sum in float would be off after the first
  bench.forward();
  CHECK(bench.y().data[0] == 16777215);
}

TEST_CASE("global_avg_pool errors") {
  CHECK(plan_error(GlobalAvgPool(), {Shape{9}}) ==
        "needs an image of channels x height x width, got 9; try an input of three sizes, such as Shape{1, 28, 28}");
}

}  // namespace cambium
