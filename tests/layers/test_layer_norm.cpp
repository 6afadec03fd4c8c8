#include <doctest/doctest.h>

#include "cambium/layers/normalization/layer_norm.h"
#include "tests/layers/grouped_norm_checks.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("layer_norm keeps the layer contract") {
  const std::vector<Inputs> cases = {Shape{7},       Shape{3},        Shape{67},        Shape{3, 5, 7},
                                     Shape{2, 1, 3}, Shape{1, 1, 13}, Shape{2, 3, 3, 2}};
  check_layer(LayerNorm(), cases, batch_statistics());
  check_layer(LayerNorm({.epsilon = 1e-2}), {Shape{2}, Shape{2, 3, 5}}, batch_statistics());
}

TEST_CASE("layer_norm: a case worked by hand") {
  // The first sample has mean 1 and variance 1, the second mean 10 and variance 1; with an epsilon of 3 the root is 2.
  const LayerNorm layer({.epsilon = 3});
  LayerBench bench(layer, {Shape{2, 1, 2}}, {.batch = 2});
  set(bench.x(), {0, 2, 0, 2, 11, 9, 9, 11});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{-0.5, 0.5, -0.5, 0.5, 0.5, -0.5, -0.5, 0.5});
  // mean(dy) = 1/4 and mean(dy y) = -1/8 in the first sample; a gradient along 1 and y goes nowhere but for epsilon in the second:
  // mean(dy) = 3, mean(dy y) = 1/4, so dx = (dy - 3 - y / 4) / 2.
  set(bench.dy(), {1, 0, 0, 0, 3.5, 2.5, 2.5, 3.5});
  bench.backward();
  CHECK(get(bench.dx()) == Doubles{0.34375, -0.09375, -0.15625, -0.09375, 0.1875, -0.1875, -0.1875, 0.1875});
}

TEST_CASE("layer_norm is what its formula says, at any offset") {
  check_as_twin(LayerNorm(), Shape{7}, 7, 1e-5);
  check_as_twin(LayerNorm(), Shape{3, 5, 7}, 105, 1e-5);
  check_as_twin(LayerNorm({.epsilon = 0.1}), Shape{1031}, 1031, 0.1);
}

TEST_CASE("layer_norm: a first value far from all others costs no digits") {
  const double allowed = sizeof(real) == 8 ? 1e-11 : few_bits();  // it is the reference: in double the variance loses four of them
  const LayerNorm layer;
  LayerBench bench(layer, {Shape{10007}}, {.batch = 1});
  bench.x().data[0] = static_cast<real>(-30000);
  bench.forward();
  bench.backward();
  const GroupedTwin twin(get(bench.x()), get(bench.dy()), 10007, 1e-5);
  CHECK(worst_apart({bench.y().begin() + 1, bench.y().end()}, {twin.y.begin() + 1, twin.y.end()}) < allowed);
  CHECK(worst_apart(get(bench.dx()), twin.dx) < allowed);
}

TEST_CASE("layer_norm: a constant gives exactly 0, with a finite gradient") {
  for (const Shape& shape : {Shape{3}, Shape{2, 3, 3}, Shape{1009}}) check_constants_give_zero(LayerNorm(), shape);
  check_constants_give_zero(LayerNorm({.epsilon = 1e-30}), Shape{5});
}

TEST_CASE("layer_norm is the same in every mode") {
  check_knows_no_mode(LayerNorm(), Shape{7});
  check_knows_no_mode(LayerNorm(), Shape{3, 5, 7});
}

TEST_CASE("layer_norm says what it has") { CHECK(LayerNorm().describe().str() == "layer_norm (epsilon 1e-5)"); }

TEST_CASE("layer_norm errors") {
  check_epsilon_errors("layer_norm", [](double epsilon) { LayerNorm(LayerNormOptions{.epsilon = epsilon}); });
  CHECK(plan_error(LayerNorm(), {Shape{1}}) ==
        "an input of 1 has one value in each group, and its normalization is always 0; try "
        "BatchNorm() or OnlineNorm(), which compare samples");
  CHECK(plan_error(LayerNorm(), {Shape{2}}) == "no error");
  CHECK(plan_error(LayerNorm(), {Shape{3}, Shape{3}}) == "needs one input, got 2; try joining them first, by Add() or Concat()");
}

}  // namespace cambium
