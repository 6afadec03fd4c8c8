#include <doctest/doctest.h>

#include "cambium/framework/graph/weights.h"
#include "cambium/layers/linear/affine.h"
#include "tests/layers/by_hand.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("affine keeps the layer contract") {
  const std::vector<Inputs> cases = {Shape{1}, Shape{7}, Shape{67}, Shape{3, 5, 7}, Shape{2, 1, 8}, Shape{17, 3, 3}};
  check_layer(Affine(), cases, linear());
  check_layer(Affine({.beta = false}), cases, linear());
  check_layer(Affine({.gamma = false}), cases, linear());
  check_layer(Affine({.per = Per::element}), cases, linear());
  check_layer(Affine({.beta = false, .per = Per::element}), {Shape{3, 5, 7}}, linear());
  check_layer(Affine(), {Shape{3, 5, 7}, Shape{131}}, {.tolerance = 1e-9, .step = 1e-3, .batches = {2, 3, 40}});
}

TEST_CASE("affine: a case worked by hand") {
  const Affine layer;
  LayerBench bench(layer, {Shape{2, 1, 2}}, {.batch = 2});
  set(bench.param(0), {2, -1});
  set(bench.param(1), {10, 0.5});
  set(bench.x(), {1, 2, 3, 4, 0, -1, 5, 6});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{12, 14, -2.5, -3.5, 10, 8, -4.5, -5.5});
  set(bench.dy(), {1, 0, 2, 0, 3, 1, 0, -1});
  bench.backward();
  CHECK(get(bench.dx()) == Doubles{2, 0, -2, 0, 6, 2, 0, 1});
  CHECK(get(bench.gradient(0)) == Doubles{0, 0});  // 1 + 0 - 1, and 6 - 6
  CHECK(get(bench.gradient(1)) == Doubles{5, 1});
  bench.backward(/*add=*/true);
  CHECK(get(bench.gradient(1)) == Doubles{10, 2});
}

TEST_CASE("affine per element: each position has its own") {
  const Affine layer({.per = Per::element});
  LayerBench bench(layer, {Shape{1, 1, 2}}, {.batch = 2});
  set(bench.param(0), {2, 3});
  set(bench.param(1), {0, 1});
  set(bench.x(), {1, 1, -1, 2});
  set(bench.dy(), {1, 1, 1, 1});
  bench.forward();
  bench.backward();
  CHECK(get(bench.y()) == Doubles{2, 4, -2, 7});
  CHECK(get(bench.dx()) == Doubles{2, 3, 2, 3});
  CHECK(get(bench.gradient(0)) == Doubles{0, 3});
  CHECK(get(bench.gradient(1)) == Doubles{2, 2});
}

TEST_CASE("affine starts as the identity") {
  const Sequential net(Shape{3, 2, 2}, Affine());
  const Weights weights(net);
  CHECK(get(weights.value("affine_1.gamma")) == Doubles{1, 1, 1});
  CHECK(get(weights.value("affine_1.beta")) == Doubles{0, 0, 0});

  const Affine layer;
  LayerBench bench(layer, {Shape{3, 2, 2}}, {.batch = 5});
  set(bench.param(0), {1, 1, 1});
  set(bench.param(1), {0, 0, 0});
  bench.forward();
  bench.backward();
  CHECK(get(bench.y()) == get(bench.x()));
  CHECK(get(bench.dx()) == get(bench.dy()));
}

TEST_CASE("affine says what it has") {
  const std::vector<Shape> in = {Shape{3, 4, 5}};
  const LayerSpec both = Affine().plan({.in = in}), gamma = Affine({.beta = false}).plan({.in = in}),
                  beta = Affine({.gamma = false}).plan({.in = in}), element = Affine({.per = Per::element}).plan({.in = in});
  REQUIRE(both.params.size() == 2);
  CHECK(both.params[0].name == "gamma");
  CHECK(both.params[1].name == "beta");
  for (const Param& param : both.params) {
    CHECK(param.sizes == std::vector<int>{3});
    CHECK_FALSE(param.decay);
  }
  CHECK(element.params[0].sizes == std::vector<int>{60});
  REQUIRE(gamma.params.size() == 1);
  CHECK(gamma.params[0].name == "gamma");
  REQUIRE(beta.params.size() == 1);
  CHECK(beta.params[0].name == "beta");
  CHECK(both.flops == 120);
  CHECK(gamma.flops == 60);
  CHECK(both.reads_x);
  CHECK_FALSE(beta.reads_x);
  CHECK(std::holds_alternative<form::ChannelMap>(both.form));
  CHECK(std::holds_alternative<form::Opaque>(element.form));
  CHECK(Affine().describe().str() == "affine (gamma true, beta true, per channel)");
  CHECK(Affine({.beta = false, .per = Per::element}).describe().str() == "affine (gamma true, beta false, per element)");
}

TEST_CASE("affine errors") {
  CHECK(error_of([] { Affine({.gamma = false, .beta = false}); }) ==
        "affine: without gamma and without beta it does nothing; try leaving the layer out");
  CHECK(plan_error(Affine(), {}) == "needs one input, got 0; try joining them first, by Add() or Concat()");
  CHECK(plan_error(Affine(), {Shape{3}, Shape{3}}) == "needs one input, got 2; try joining them first, by Add() or Concat()");
}

}  // namespace cambium
