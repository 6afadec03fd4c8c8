// Several OnlineNorm(for_input) side by side, so it is held against them.
#include <doctest/doctest.h>

#include <cmath>

#include "cambium/layers/normalization/multi_scale_norm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "tests/layers/by_hand.h"
#include "tests/support/check_layer.h"

namespace cambium {
namespace {

OnlineNorm one_of(const MultiScaleNorm& layer, int scale) {
  return OnlineNorm(OnlineNormOptions{.alpha = layer.alpha(scale), .epsilon = 0, .input = true});
}

// Values of every kind that the article names: of odd scale, with an offset, constant for a while, rare.
real value_at(std::uint64_t step, std::size_t i) {
  const double z = Random(5).of(step).normal(i);
  if (i % 4 == 1) return static_cast<real>(1e4 + 30 * z);
  if (i % 4 == 2) return static_cast<real>(step < 40 ? 7 : 7 + z);
  if (i % 4 == 3) return static_cast<real>(Random(6).of(step).uniform(i) < 0.02);
  return static_cast<real>(0.01 * static_cast<double>(step) + z);
}

}  // namespace

TEST_CASE("multi_scale_norm keeps the layer contract") {
  const std::vector<Inputs> cases = {Shape{7}, Shape{1}, Shape{67}};
  check_layer(MultiScaleNorm(), cases, linear());
  check_layer(MultiScaleNorm({.scales = 1}), cases, linear());
  check_layer(MultiScaleNorm({.scales = 5, .shortest = 0.98, .longest = 0.9999, .alpha_backward = 0.9}), cases, linear());
}

TEST_CASE("multi_scale_norm has memories in geometric steps") {
  const MultiScaleNorm three;
  CHECK(three.alpha(0) == 0.95);
  CHECK(three.alpha(1) == doctest::Approx(1 - std::sqrt(0.05 * 0.001)).epsilon(1e-12));
  CHECK(three.alpha(2) == 0.999);
  CHECK(MultiScaleNorm({.scales = 1}).alpha(0) == 0.999);
}

TEST_CASE("multi_scale_norm gives the bits of online norms side by side, and the sum of what they give back") {
  constexpr int inputs = 9, scales = 3;
  const MultiScaleNorm layer;
  LayerBench all(layer, {Shape{inputs}}, {.batch = 1});
  for (int k = 0; k < scales; ++k) {
    const OnlineNorm norm = one_of(layer, k);
    LayerBench several(layer, {Shape{inputs}}, {.batch = 1}), one(norm, {Shape{inputs}}, {.batch = 1});
    bool same = true;
    for (std::uint64_t step = 0; step < 120; ++step) {
      for (std::size_t i = 0; i < inputs; ++i) several.x().data[i] = one.x().data[i] = value_at(step, i);
      for (std::size_t i = 0; i < inputs * scales; ++i) several.dy().data[i] = 0;
      for (std::size_t i = 0; i < inputs; ++i) {
        const real g = static_cast<real>(Random(9).of(step).normal(i));
        several.dy().data[inputs * static_cast<std::size_t>(k) + i] = one.dy().data[i] = g;
      }
      for (LayerBench* bench : {&several, &one}) bench->forward(), bench->backward(), bench->commit();
      for (std::size_t i = 0; i < inputs; ++i) {
        same = same && several.y().data[inputs * static_cast<std::size_t>(k) + i] == one.y().data[i];
        same = same && several.dx().data[i] == one.dx().data[i];
      }
    }
    CHECK(same);
  }
}

TEST_CASE("multi_scale_norm evaluates by each of its statistics") {
  constexpr std::size_t inputs = 4;
  const MultiScaleNorm layer;
  LayerBench learnt(layer, {Shape{4}}, {.batch = 1}), asked(layer, {Shape{4}}, {.mode = Mode::evaluate, .batch = 1});
  for (std::uint64_t step = 0; step < 500; ++step) {
    for (std::size_t i = 0; i < inputs; ++i) learnt.x().data[i] = value_at(step, i), learnt.dy().data[i] = 1;
    learnt.forward(), learnt.backward(), learnt.commit();
  }
  for (int s = 0; s < 5; ++s) set(asked.state(s), get(learnt.state(s)));
  for (std::size_t i = 0; i < inputs; ++i) asked.x().data[i] = value_at(500, i);
  asked.forward();
  for (std::size_t k = 0; k < 3; ++k)
    for (std::size_t i = 0; i < inputs; ++i) {
      const double mean = learnt.state(0)[k * inputs + i], var = learnt.state(1)[k * inputs + i];
      const double expected = (static_cast<double>(value_at(500, i)) - mean) / std::sqrt(var);
      CHECK(static_cast<double>(asked.y().data[k * inputs + i]) == doctest::Approx(expected).epsilon(1e-3));
    }
}

}  // namespace cambium
