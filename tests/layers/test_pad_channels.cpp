#include <doctest/doctest.h>

#include "cambium/layers/shape/pad_channels.h"
#include "tests/layers/by_hand.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("pad_channels keeps the layer contract") {
  check_layer(PadChannels(1), {Shape{1}, Shape{7}, Shape{3, 5, 3}}, linear());
  check_layer(PadChannels(6), {Shape{2}, Shape{2, 4, 4}, Shape{1, 2, 3, 2}}, linear());
}

TEST_CASE("pad_channels: a case worked by hand") {
  const PadChannels layer(2);
  LayerBench bench(layer, {Shape{1, 1, 2}}, {.batch = 2});
  set(bench.x(), {1, 2, 3, 4});
  bench.forward();
  CHECK(bench.y().shape == Shape{3, 1, 2});
  CHECK(get(bench.y()) == Doubles{1, 2, 0, 0, 0, 0, 3, 4, 0, 0, 0, 0});
  set(bench.dy(), {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  bench.backward();
  CHECK(get(bench.dx()) == Doubles{1, 2, 7, 8});
}

TEST_CASE("pad_channels errors") {
  CHECK(error_of([] { PadChannels(0); }) == "after = 0 must be at least 1; try PadChannels(16)");
  CHECK(plan_error(PadChannels(2000000000), {Shape{2, 30, 30}}) ==
        "makes more than 2^31 - 1 values of 2x30x30; try fewer channels");
}

}  // namespace cambium
