#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "cambium/layers/pooling/max_pool2d.h"
#include "tests/layers/by_hand.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("max_pool2d keeps the layer contract") {
  check_layer(MaxPool2d(2), {Shape{1, 2, 2}, Shape{3, 5, 7}, Shape{2, 6, 34}});
  check_layer(MaxPool2d(3, {.stride = 2, .pad = 1}), {Shape{1, 1, 1}, Shape{2, 7, 5}});
  check_layer(MaxPool2d({2, 3}, {.stride = {1, 2}, .pad = {1, 0}}), {Shape{3, 5, 11}});
  check_layer(MaxPool2d(1), {Shape{2, 3, 5}});
  check_layer(MaxPool2d(1, {.stride = {2, 3}}), {Shape{2, 5, 8}});
}

TEST_CASE("max_pool2d: a case worked by hand") {
  const MaxPool2d layer(2, {.stride = 1});
  LayerBench bench(layer, {Shape{1, 3, 3}}, {.batch = 1});
  set(bench.x(), {1, 2, 0, 3, 9, 0, 4, 5, 0});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{9, 9, 9, 9});
  set(bench.dy(), {1, 10, 100, 1000});
  bench.backward();
  CHECK(get(bench.dx()) == Doubles{0, 0, 0, 0, 1111, 0, 0, 0, 0});
}

TEST_CASE("max_pool2d: a window of one value remembers nothing") {
  const MaxPool2d layer(1, {.stride = 2}), wider({1, 2});
  LayerBench bench(layer, {Shape{1, 2, 3}}, {.batch = 1});
  CHECK(bench.spec().saved.empty());
  CHECK(LayerBench(wider, {Shape{1, 2, 3}}, {.batch = 1}).spec().saved.size() == 1);
  set(bench.x(), {1, std::nan(""), 2, 3, 4, 5});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{1, 2});
  set(bench.dy(), {10, 20});
  bench.backward();
  CHECK(get(bench.dx()) == Doubles{10, 0, 20, 0, 0, 0});
}

TEST_CASE("max_pool2d: padding never wins, and the first of equals does") {
  const MaxPool2d layer(2, {.pad = 1});
  LayerBench bench(layer, {Shape{1, 2, 2}}, {.batch = 2});
  const double low = -std::numeric_limits<double>::infinity();
  set(bench.x(), {-1, -2, -3, -4, low, low, low, low});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{-1, -2, -3, -4, low, low, low, low});

  const MaxPool2d equal_layer(2);
  LayerBench equal(equal_layer, {Shape{1, 2, 4}}, {.batch = 1});
  set(equal.x(), {7, 7, 1, 2, 7, 7, 2, 2});
  equal.forward();
  set(equal.dy(), {1, 3});
  equal.backward();
  CHECK(get(equal.dx()) == Doubles{1, 0, 0, 3, 0, 0, 0, 0});
}

TEST_CASE("max_pool2d: a NaN is not lost") {
  for (std::size_t at = 0; at < 4; ++at) {
    const MaxPool2d layer(2);
    LayerBench bench(layer, {Shape{1, 2, 2}}, {.batch = 1});
    Doubles x = {1, 2, 3, 4};
    x[at] = std::nan("");
    set(bench.x(), x);
    bench.forward();
    CHECK(std::isnan(bench.y().data[0]));
  }
}

TEST_CASE("max_pool2d: windows side by side drop what is left over") {
  const std::vector<Shape> in = {Shape{3, 7, 8}};
  CHECK(MaxPool2d(2).plan({.in = in}).out == Shape{3, 3, 4});
  CHECK(MaxPool2d({3, 2}).plan({.in = in}).out == Shape{3, 2, 4});
  CHECK(MaxPool2d({3, 2}).describe().str() == "max_pool2d (kernel 3x2, stride 3x2, pad 0)");
}

TEST_CASE("max_pool2d errors") {
  CHECK(error_of([] { MaxPool2d(0); }) == "kernel 0: it must be at least 1 in both directions; try a kernel of 3");
  CHECK(error_of([] {
          MaxPool2d(2, {.stride = {1, 0}});
        }) == "stride 1x0: it must be at least 1 in both directions; try .stride = 1");
  CHECK(error_of([] { MaxPool2d(2, {.pad = -1}); }) == "pad -1: it must be at least 0 in both directions; try .pad = 0");
  CHECK(error_of([] { MaxPool2d(3, {.pad = 3}); }) ==
        "pad 3 is not smaller than the kernel 3: a window would see nothing but padding; try .pad = 1");
  CHECK(plan_error(MaxPool2d(2), {Shape{16, 1, 1}}) ==
        "input 16x1x1 is smaller than the kernel 2x2 (pad 0); try .pad = 1 or fewer poolings");
  CHECK(plan_error(MaxPool2d(2), {Shape{9}}) ==
        "needs an image of channels x height x width, got 9; try an input of three sizes, such as Shape{1, 28, 28}");
}

}  // namespace cambium
