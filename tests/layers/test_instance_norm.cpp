#include <doctest/doctest.h>

#include "cambium/layers/normalization/group_norm.h"
#include "cambium/layers/normalization/instance_norm.h"
#include "tests/layers/grouped_norm_checks.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("instance_norm keeps the layer contract") {
  check_layer(InstanceNorm(), {Shape{3, 5, 7}, Shape{2, 1, 3}, Shape{1, 1, 13}, Shape{17, 3, 3}, Shape{2, 3, 3, 2}, Shape{3, 5}},
              batch_statistics());
  check_layer(InstanceNorm({.epsilon = 1e-1}), {Shape{2, 1, 2}, Shape{2, 3, 5}}, batch_statistics());
}

TEST_CASE("instance_norm: a case worked by hand") {
  // Channel by channel: means 1 and 8, variances 1; with an epsilon of 3 the root is 2.
  const InstanceNorm layer({.epsilon = 3});
  LayerBench bench(layer, {Shape{2, 1, 2}}, {.batch = 1});
  set(bench.x(), {0, 2, 9, 7});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{-0.5, 0.5, 0.5, -0.5});
  set(bench.dy(), {1, 0, 4, 4});
  bench.backward();
  // First channel: mean(dy) = 1/2, mean(dy y) = -1/4. Second: the gradient is its own mean.
  CHECK(get(bench.dx()) == Doubles{0.1875, -0.1875, 0, 0});
}

TEST_CASE("instance_norm is what its formula says, at any offset") {
  check_as_twin(InstanceNorm(), Shape{3, 5, 7}, 35, 1e-5);
  check_as_twin(InstanceNorm({.epsilon = 0.1}), Shape{5, 1, 3}, 3, 0.1);
}

TEST_CASE("instance_norm is group_norm with a group for each channel, to the bit") {
  for (const Shape& shape : {Shape{3, 5, 7}, Shape{17, 1, 2}, Shape{6, 4}})
    CHECK(y_and_dx(InstanceNorm(), shape, Mode::train) == y_and_dx(GroupNorm(shape.channels()), shape, Mode::train));
}

TEST_CASE("instance_norm: brightness and contrast of a picture are gone") {
  const InstanceNorm layer({.epsilon = 1e-12});
  LayerBench plain(layer, {Shape{2, 4, 5}}, {.batch = 1}), other(layer, {Shape{2, 4, 5}}, {.batch = 1});
  for (std::size_t i = 0; i < 40; ++i) other.x().data[i] = plain.x().data[i] * (i < 20 ? 4 : 32) + (i < 20 ? 1 : -2);
  plain.forward();
  other.forward();
  CHECK(worst_apart(get(other.y()), get(plain.y())) < (sizeof(real) == 8 ? 1e-9 : 1e-5));
}

TEST_CASE("instance_norm: a constant gives exactly 0, with a finite gradient") {
  check_constants_give_zero(InstanceNorm(), Shape{2, 3, 3});
  const InstanceNorm layer;
  LayerBench bench(layer, {Shape{2, 3, 3}}, {.batch = 2});  // a constant channel beside one that is none
  for (std::size_t i = 0; i < 9; ++i) bench.x().data[i] = static_cast<real>(200.7);
  bench.forward();
  for (std::size_t i = 0; i < 9; ++i) CHECK(bench.y().data[i] == 0);
  CHECK(bench.y().data[9] != 0);
}

TEST_CASE("instance_norm is the same in every mode") { check_knows_no_mode(InstanceNorm(), Shape{3, 5, 7}); }

TEST_CASE("instance_norm says what it has") { CHECK(InstanceNorm().describe().str() == "instance_norm (epsilon 1e-5)"); }

TEST_CASE("instance_norm errors") {
  check_epsilon_errors("instance_norm", [](double epsilon) { InstanceNorm(InstanceNormOptions{.epsilon = epsilon}); });
  const std::string one = " has one value in each group, and its normalization is always 0; try ";
  CHECK(plan_error(InstanceNorm(), {Shape{7}}) ==
        "an input of 7" + one + "LayerNorm(), or BatchNorm() or OnlineNorm(), which compare samples");
  CHECK(plan_error(InstanceNorm(), {Shape{5, 1, 1}}) ==
        "an input of 5x1x1" + one + "LayerNorm(), or BatchNorm() or OnlineNorm(), which compare samples");
  CHECK(plan_error(InstanceNorm(), {Shape{1}}) == "an input of 1" + one + "BatchNorm() or OnlineNorm(), which compare samples");
  CHECK(plan_error(InstanceNorm(), {}) == "needs one input, got 0; try joining them first, by Add() or Concat()");
}

}  // namespace cambium
