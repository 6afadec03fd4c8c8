#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "cambium/layers/activation/activation_clamp.h"
#include "tests/layers/grouped_norm_checks.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("activation_clamp keeps the layer contract") {
  const std::vector<Inputs> cases = {Shape{1}, Shape{7}, Shape{67}, Shape{3, 5, 7}, Shape{2, 3, 3, 2}};
  check_layer(ActivationClamp(), cases);
  check_layer(ActivationClamp(0.75), cases, {.kinks = {-0.75, 0.75}});  // between the values that are drawn
}

TEST_CASE("activation_clamp: a case worked by hand") {
  const ActivationClamp layer(2);
  LayerBench bench(layer, {Shape{7}}, {.batch = 1});
  set(bench.x(), {-9, -2, -1.5, 0, 1.75, 2, 2.25});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{-2, -2, -1.5, 0, 1.75, 2, 2});
  set(bench.dy(), {1, 2, 3, 4, 5, 6, 7});
  bench.backward();
  CHECK(get(bench.dx()) == Doubles{0, 0, 3, 4, 5, 0, 0});  // none at the bound itself
}

TEST_CASE("activation_clamp: at a bound that is not exact, too, no gradient passes") {
  const ActivationClamp layer(0.1);
  LayerBench bench(layer, {Shape{2}}, {.batch = 1});
  const real bound = static_cast<real>(0.1), below = std::nextafter(bound, real(0));
  bench.x().data[0] = bound, bench.x().data[1] = -below;
  bench.dy().data[0] = bench.dy().data[1] = 1;
  bench.forward();
  bench.backward();
  CHECK(bench.y().data[0] == bound);
  CHECK(bench.y().data[1] == -below);
  CHECK(get(bench.dx()) == Doubles{0, 1});
}

TEST_CASE("activation_clamp: a NaN is not lost, infinity is cut") {
  const ActivationClamp layer;
  LayerBench bench(layer, {Shape{33}}, {.batch = 1});
  for (real& x : bench.x()) x = std::numeric_limits<real>::quiet_NaN();
  bench.x().data[3] = std::numeric_limits<real>::infinity();
  bench.x().data[32] = -std::numeric_limits<real>::infinity();
  bench.forward();
  for (std::size_t i = 0; i < 33; ++i) CHECK(std::isnan(bench.y().data[i]) == (i != 3 && i != 32));
  CHECK(bench.y().data[3] == 5);
  CHECK(bench.y().data[32] == -5);
}

TEST_CASE("activation_clamp: an event of probability 1 in 26 just passes, a rarer one is cut") {
  const ActivationClamp layer;
  LayerBench bench(layer, {Shape{3}}, {.batch = 1});
  const auto height = [](double p) { return std::sqrt((1 - p) / p); };  // of a normalized event of probability p
  set(bench.x(), {height(1.0 / 25), height(1.0 / 27), height(0.01)});
  bench.forward();
  CHECK(bench.y().data[0] == bench.x().data[0]);
  CHECK(bench.y().data[1] == 5);
  CHECK(bench.y().data[2] == 5);
}

TEST_CASE("activation_clamp is the same in every mode") { check_knows_no_mode(ActivationClamp(0.5), Shape{3, 5, 7}); }

TEST_CASE("activation_clamp says what it has") {
  CHECK(ActivationClamp().describe().str() == "activation_clamp (bound 5)");
  CHECK(ActivationClamp({.bound = 2.5}).describe().str() == "activation_clamp (bound 2.5)");
  CHECK(ActivationClamp(2.5).describe().str() == "activation_clamp (bound 2.5)");
}

TEST_CASE("activation_clamp errors") {
  const auto error = [](double bound) { return error_of([=] { static_cast<void>(ActivationClamp(bound)); }); };
  const std::string remedy = ", which must be between 1e-30 and 1e30; try ActivationClamp(5)";
  CHECK(error(0) == "activation_clamp: bound = 0" + remedy);
  CHECK(error(-5) == "activation_clamp: bound = -5" + remedy);
  CHECK(error(HUGE_VAL) == "activation_clamp: bound = inf" + remedy);
  CHECK(error(std::nan("")) == "activation_clamp: bound = nan" + remedy);
  CHECK(error(1e-3) == "no error");
  CHECK(plan_error(ActivationClamp(), {Shape{3}, Shape{3}}) ==
        "needs one input, got 2; try joining them first, by Add() or Concat()");
}

}  // namespace cambium
