#include <doctest/doctest.h>

#include <cmath>

#include "cambium/layers/regularization/dropout.h"
#include "tests/layers/by_hand.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("dropout keeps the layer contract") {
  check_layer(Dropout(0.5), {Shape{1}, Shape{7}, Shape{3, 5, 7}}, linear());
  check_layer(Dropout({.rate = 0.2}), {Shape{2, 3, 3}}, linear());
  check_layer(Dropout(0), {Shape{5}}, linear());
}

TEST_CASE("dropout drops as often as it says, and keeps the mean") {
  const int n = 200000;
  for (const double rate : {0.1, 0.5, 0.9}) {
    const Dropout layer(rate);
    LayerBench bench(layer, {Shape{n}}, {.batch = 1});
    for (real& x : bench.x()) x = 1;
    bench.forward();
    int dropped = 0, scaled = 0;
    for (const real y : bench.y()) dropped += y == 0, scaled += y == static_cast<real>(1 / (1 - rate));
    CHECK(dropped + scaled == n);
    const double sigma = std::sqrt(rate * (1 - rate) / n);
    CHECK(std::fabs(static_cast<double>(dropped) / n - rate) < 6 * sigma);
  }
}

TEST_CASE("dropout lets the gradient through where it let the value through") {
  const Dropout layer(0.5);
  LayerBench bench(layer, {Shape{1000}}, {.batch = 3, .slices = 2});
  for (real& x : bench.x()) x = 1;
  for (real& dy : bench.dy()) dy = 1;
  bench.forward();
  bench.backward();
  CHECK(get(bench.dx()) == get(bench.y()));
}

TEST_CASE("dropout: every pass and every sample has a choice of its own") {
  const auto draw = [](std::uint64_t random) {
    const Dropout layer(0.5);
    LayerBench bench(layer, {Shape{100}}, {.batch = 2, .random = random});
    bench.forward();
    return get(bench.y());
  };
  CHECK(draw(1) == draw(1));
  CHECK(draw(1) != draw(2));
  const Dropout layer(0.5);
  LayerBench bench(layer, {Shape{100}}, {.batch = 2});
  for (real& x : bench.x()) x = 1;
  bench.forward();
  const Doubles y = get(bench.y());
  CHECK(Doubles(y.begin(), y.begin() + 100) != Doubles(y.begin() + 100, y.end()));
}

TEST_CASE("dropout leaves everything as it is outside of training") {
  for (const Mode mode : {Mode::evaluate, Mode::adapt}) {
    const Dropout layer(0.9);
    LayerBench bench(layer, {Shape{100}}, {.mode = mode, .batch = 2});
    bench.forward();
    CHECK(get(bench.y()) == get(bench.x()));
    CHECK(std::holds_alternative<form::Reshape>(bench.spec().form));
  }
  CHECK(Dropout(0.25).describe().str() == "dropout (rate 0.25)");
}

TEST_CASE("dropout errors") {
  CHECK(error_of([] { Dropout(1.0); }) == "dropout with rate 1: the rate must be at least 0 and below 1; try Dropout(0.5)");
  CHECK(error_of([] { Dropout(-0.1); }) == "dropout with rate -0.1: the rate must be at least 0 and below 1; try Dropout(0.5)");
  CHECK(error_of([] { Dropout(std::nan("")); }) != "no error");
  CHECK(plan_error(Dropout(0.5), {}) == "needs one input, got 0; try joining them first, by Add() or Concat()");
}

}  // namespace cambium
