#include <doctest/doctest.h>

#include "cambium/layers/normalization/group_norm.h"
#include "cambium/layers/normalization/layer_norm.h"
#include "tests/layers/grouped_norm_checks.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("group_norm keeps the layer contract") {
  check_layer(GroupNorm(1), {Shape{7}, Shape{3, 5, 7}}, batch_statistics());
  check_layer(GroupNorm(3), {Shape{9}, Shape{3, 5, 7}, Shape{6, 1, 3}, Shape{51}, Shape{3, 5}}, batch_statistics());
  check_layer(GroupNorm(2, {.epsilon = 1e-2}), {Shape{4}, Shape{2, 3, 5}, Shape{2, 2, 3, 2}}, batch_statistics());
}

TEST_CASE("group_norm: a case worked by hand") {
  // The first two channels have mean 1 and variance 1, the other two mean 11 and variance 1; with an epsilon of 3 the root is 2.
  const GroupNorm layer(2, {.epsilon = 3});
  LayerBench bench(layer, {Shape{4, 1, 2}}, {.batch = 1});
  set(bench.x(), {0, 2, 0, 2, 10, 12, 12, 10});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{-0.5, 0.5, -0.5, 0.5, -0.5, 0.5, 0.5, -0.5});
  set(bench.dy(), {1, 0, 0, 0, 7, 7, 7, 7});
  bench.backward();
  // First group: mean(dy) = 1/4, mean(dy y) = -1/8. Second: the gradient is its own mean.
  CHECK(get(bench.dx()) == Doubles{0.34375, -0.09375, -0.15625, -0.09375, 0, 0, 0, 0});
}

TEST_CASE("group_norm is what its formula says, at any offset") {
  check_as_twin(GroupNorm(2), Shape{6, 3, 5}, 45, 1e-5);
  check_as_twin(GroupNorm(4), Shape{12}, 3, 1e-5);
  check_as_twin(GroupNorm(3, {.epsilon = 0.1}), Shape{3, 5, 7}, 35, 0.1);
}

TEST_CASE("group_norm of one group is layer_norm, to the bit") {
  for (const Shape& shape : {Shape{7}, Shape{3, 5, 7}, Shape{2, 3, 3, 2}})
    CHECK(y_and_dx(GroupNorm(1), shape, Mode::train) == y_and_dx(LayerNorm(), shape, Mode::train));
}

TEST_CASE("group_norm: no group knows of another") {
  const GroupNorm both(2), one(1);
  LayerBench bench(both, {Shape{4, 3, 3}}, {.batch = 1}), half(one, {Shape{2, 3, 3}}, {.batch = 1});
  set(half.x(), {bench.x().begin() + 18, bench.x().end()});
  set(half.dy(), {bench.dy().begin() + 18, bench.dy().end()});
  for (LayerBench* each : {&bench, &half}) each->forward(), each->backward();
  CHECK(Doubles(bench.y().begin() + 18, bench.y().end()) == get(half.y()));
  CHECK(Doubles(bench.dx().begin() + 18, bench.dx().end()) == get(half.dx()));
}

TEST_CASE("group_norm: a constant gives exactly 0, with a finite gradient") {
  check_constants_give_zero(GroupNorm(2), Shape{4});
  check_constants_give_zero(GroupNorm(2), Shape{4, 3, 3});
}

TEST_CASE("group_norm is the same in every mode") {
  check_knows_no_mode(GroupNorm(2), Shape{6});
  check_knows_no_mode(GroupNorm(3), Shape{3, 5, 7});
}

TEST_CASE("group_norm says what it has") {
  CHECK(GroupNorm(8).describe().str() == "group_norm (groups 8, epsilon 1e-5)");
  CHECK(GroupNorm(2, {.epsilon = 0.5}).describe().str() == "group_norm (groups 2, epsilon 0.5)");
}

TEST_CASE("group_norm errors") {
  check_epsilon_errors("group_norm", [](double epsilon) { GroupNorm(2, {.epsilon = epsilon}); });
  CHECK(error_of([] { GroupNorm(0); }) == "group_norm with 0 groups: it needs at least 1; try GroupNorm(8)");
  CHECK(error_of([] { GroupNorm(-2); }) == "group_norm with -2 groups: it needs at least 1; try GroupNorm(8)");
  const std::string across = "BatchNorm() or OnlineNorm(), which compare samples";
  CHECK(plan_error(GroupNorm(5), {Shape{16, 3, 3}}) ==
        "an input of 16x3x3 has 16 channels, which cannot be divided into 5 groups; try GroupNorm(4), or " + across);
  CHECK(plan_error(GroupNorm(32), {Shape{16, 3, 3}}) ==
        "an input of 16x3x3 has 16 channels, which cannot be divided into 32 groups; try GroupNorm(16), or " + across);
  CHECK(plan_error(GroupNorm(6), {Shape{7}}) ==
        "an input of 7 has 7 channels, which cannot be divided into 6 groups; try GroupNorm(1), or " + across);
  CHECK(plan_error(GroupNorm(2), {Shape{1}}) ==
        "an input of 1 has 1 channels, which cannot be divided into 2 groups; try " + across);
  const std::string one = " has one value in each group, and its normalization is always 0; try ";
  CHECK(plan_error(GroupNorm(12), {Shape{12}}) == "an input of 12" + one + "GroupNorm(6), or " + across);
  CHECK(plan_error(GroupNorm(1), {Shape{1}}) == "an input of 1" + one + across);
  CHECK(plan_error(GroupNorm(12), {Shape{12, 1, 2}}) == "no error");
  CHECK(plan_error(GroupNorm(2), {Shape{4}, Shape{4}}) == "needs one input, got 2; try joining them first, by Add() or Concat()");
}

}  // namespace cambium
