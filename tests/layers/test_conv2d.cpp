#include <doctest/doctest.h>

#include "cambium/layers/linear/conv2d.h"
#include "tests/layers/by_hand.h"
#include "tests/support/check_layer.h"

namespace cambium {

namespace {

std::vector<int> out_of(const Layer& layer, const Shape& in) {
  const Shape out = layer.plan({.in = {&in, 1}}).out;
  return {out[0], out[1], out[2]};
}

}  // namespace

TEST_CASE("conv2d keeps the layer contract") {
  check_layer(Conv2d(1), {Shape{1, 3, 3}}, linear());
  check_layer(Conv2d(3, {.pad = 1}), {Shape{1, 1, 1}, Shape{2, 5, 7}}, linear());
  check_layer(Conv2d(5, {.kernel = {2, 3}, .stride = {2, 1}, .pad = {0, 2}}), {Shape{3, 7, 5}}, linear());
  check_layer(Conv2d(4, {.kernel = 5, .stride = 3, .pad = 2, .bias = false}), {Shape{2, 11, 13}}, linear());
  check_layer(Conv2d(2, {.kernel = 2, .stride = 5}), {Shape{2, 9, 8}}, linear());
}

TEST_CASE("conv2d with a 1x1 kernel, where x itself is the columns") {
  check_layer(Conv2d(7, {.kernel = 1}), {Shape{3, 3, 5}}, linear());
  check_layer(Conv2d(2, {.kernel = 1, .stride = 2}), {Shape{3, 3, 5}}, linear());
  check_layer(Conv2d(2, {.kernel = 1, .pad = 1}), {Shape{3, 2, 3}}, linear());
}

TEST_CASE("conv2d: a case worked by hand") {
  const Conv2d layer(2, {.kernel = 2});
  LayerBench bench(layer, {Shape{1, 2, 3}}, {.batch = 1});
  set(bench.x(), {1, 2, 3, 4, 5, 6});
  set(bench.param(0), {1, 0, 0, -1,  // the upper left less the lower right
                       1, 1, 1, 1});
  set(bench.param(1), {0.5, 0});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{-3.5, -3.5, 12, 16});
  set(bench.dy(), {1, 2, 0, 10});
  bench.backward();
  CHECK(get(bench.dx()) == Doubles{1, 12, 10, 0, 9, 8});
  CHECK(get(bench.gradient(0)) == Doubles{5, 8, 14, 17, 20, 30, 50, 60});
  CHECK(get(bench.gradient(1)) == Doubles{3, 10});
}

TEST_CASE("conv2d: padding is zeros, and the stride skips") {
  const Conv2d layer(1, {.kernel = 3, .stride = 2, .pad = 1, .bias = false});
  LayerBench bench(layer, {Shape{1, 3, 3}}, {.batch = 1});
  set(bench.x(), {1, 2, 3, 4, 5, 6, 7, 8, 9});
  set(bench.param(0), Doubles(9, 1));
  bench.forward();
  CHECK(get(bench.y()) == Doubles{12, 16, 24, 28});
}

TEST_CASE("conv2d: what comes out of which size") {
  CHECK(out_of(Conv2d(16, {.kernel = 5, .pad = 2}), Shape{1, 28, 28}) == std::vector<int>{16, 28, 28});
  CHECK(out_of(Conv2d(8, {.kernel = {1, 7}, .stride = {3, 2}}), Shape{3, 31, 29}) == std::vector<int>{8, 11, 12});
  const std::vector<Shape> in = {Shape{3, 8, 9}};
  const LayerSpec spec = Conv2d(4, {.kernel = {3, 2}}).plan({.in = in});
  CHECK(spec.params[0].sizes == std::vector<int>{4, 3, 3, 2});
  CHECK(spec.params[0].fan_in == 18);
  CHECK(spec.params[0].fan_out == 24);
  CHECK(spec.flops == 2.0 * 18 * 4 * 6 * 8 + 4 * 6 * 8);
  CHECK(Conv2d(16, {.kernel = {3, 5}}).describe().str() ==
        "conv2d (filters 16, kernel 3x5, stride 1, pad 0, bias true, init he_normal, bias_init zeros)");
}

TEST_CASE("conv2d errors") {
  CHECK(error_of([] { Conv2d(0); }) == "conv2d with 0 filters: it needs at least 1; try Conv2d(16)");
  CHECK(error_of([] {
          Conv2d(1, {.kernel = {3, 0}});
        }) == "kernel 3x0: it must be at least 1 in both directions; try a kernel of 3");
  CHECK(error_of([] { Conv2d(1, {.stride = 0}); }) == "stride 0: it must be at least 1 in both directions; try .stride = 1");
  CHECK(error_of([] { Conv2d(1, {.pad = -1}); }) == "pad -1: it must be at least 0 in both directions; try .pad = 0");
  CHECK(plan_error(Conv2d(16, {.kernel = 5}), {Shape{16, 3, 3}}) ==
        "input 16x3x3 is smaller than the kernel 5x5 (pad 0); try .pad = 1 or fewer poolings");
  CHECK(plan_error(Conv2d(16, {.kernel = {1, 8}, .pad = 1}), {Shape{2, 9, 4}}) ==
        "input 2x9x4 is smaller than the kernel 1x8 (pad 1); try .pad = 2 or fewer poolings");
  CHECK(plan_error(Conv2d(16), {Shape{784}}) ==
        "needs an image of channels x height x width, got 784; try an input of three sizes, such as Shape{1, 28, 28}");
  CHECK(plan_error(Conv2d(16), {}) == "needs one input, got 0; try joining them first, by Add() or Concat()");
  CHECK(plan_error(Conv2d(1, {.pad = 2000000000}), {Shape{1, 3, 3}}) ==
        "input 1x3x3 with pad 2000000000 on each side has more than 2^31 - 1 rows or columns; try a smaller .pad");
  CHECK(plan_error(Conv2d(2000000000), {Shape{1, 9, 9}}).find("more than 2^31 - 1 values") != std::string::npos);
}

}  // namespace cambium
