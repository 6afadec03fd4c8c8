#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cambium/framework/planning/plan.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "tests/layers/by_hand.h"
#include "tests/support/check_layer.h"

namespace cambium {

namespace {

constexpr bool in_double = sizeof(real) == 8;

Doubles as_real(Doubles numbers) {
  for (double& number : numbers) number = static_cast<double>(static_cast<real>(number));
  return numbers;
}

// One pass over x (batch, shape) in a mode, from the declared state.
struct Once {
  Doubles y, mean, var;
};
Once once(const BatchNorm& layer, const Shape& shape, int batch, const Doubles& x, Mode mode = Mode::train) {
  LayerBench bench(layer, {shape}, {.mode = mode, .batch = batch, .slices = 3});
  set(bench.x(), x);
  bench.forward();
  bench.commit();
  CHECK(bench.faults().empty());
  return {get(bench.y()), get(bench.state(0)), get(bench.state(1))};
}

double worst_difference(const Doubles& a, const Doubles& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::fabs(a[i] - b[i]));
  return worst;
}

double mean_of(const Doubles& x) {
  double sum = 0;
  for (const double value : x) sum += value - x[0];
  return x[0] + sum / static_cast<double>(x.size());
}

double variance_of(const Doubles& x) {
  const double mean = mean_of(x);
  double sum = 0;
  for (const double value : x) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(x.size());
}

}  // namespace

TEST_CASE("batch_norm keeps the layer contract") {
  const std::vector<Inputs> cases = {Shape{7}, Shape{1}, Shape{67}, Shape{3, 5, 7}, Shape{2, 3, 3}, Shape{1, 1, 13}};
  check_layer(BatchNorm(), cases, batch_statistics());
  check_layer(BatchNorm(for_input), cases, batch_statistics());
  check_layer(BatchNorm({.epsilon = 1e-3, .momentum = 0.9, .unbiased = false}), cases, batch_statistics());
  check_layer(BatchNorm({.momentum = 1}), {Shape{5}, Shape{2, 3, 5}}, batch_statistics());
  check_layer(BatchNorm({.per = Per::element}), {Shape{7}, Shape{3, 5, 7}, Shape{2, 1, 1}}, batch_statistics());
  check_layer(BatchNorm({.per = Per::element, .input = true}), {Shape{2, 3, 5}}, batch_statistics());
  CheckOptions larger = batch_statistics();
  larger.batches = {2, 33};
  check_layer(BatchNorm(), {Shape{3, 2, 3}}, larger);
}

TEST_CASE("batch_norm: a case worked by hand") {
  // Per channel: mean 1, variance 1 over the four values; epsilon 0.
  const BatchNorm layer({.epsilon = 0});
  LayerBench bench(layer, {Shape{2, 1, 2}}, {.batch = 2});
  set(bench.x(), {0, 0, 3, 5, 2, 2, 5, 3});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{-1, -1, -1, 1, 1, 1, 1, -1});
  // Channel 0: mean(dy) 1/4, mean(dy y) -1/4. Channel 1: the gradient is a multiple of y, and of a constant: nothing is left.
  set(bench.dy(), {1, 0, -3, 3, 0, 0, 3, -3});
  bench.backward();
  CHECK(get(bench.dx()) == Doubles{0.5, -0.5, 0, 0, 0, 0, 0, 0});
  bench.commit();
  CHECK(get(bench.state(0)) == Doubles{0.1 * 1, 0.1 * 4});
  for (const double var : bench.state(1)) CHECK(var == doctest::Approx(0.9 + 0.1 * 4 / 3).epsilon(1e-14));
}

TEST_CASE("batch_norm per element: every position has its own statistics") {
  const Once got = once(BatchNorm({.epsilon = 3, .per = Per::element}), Shape{1, 1, 2}, 2, {0, 10, 2, 10});
  CHECK(got.y == Doubles{-0.5, 0, 0.5, 0});
  CHECK(got.mean == Doubles{0.1 * 1, 0.1 * 10});
}

TEST_CASE("batch_norm: running statistics, biased and not, and what evaluation makes of them") {
  for (const bool unbiased : {true, false})
    for (const double q : {0.1, 0.25, 1.0}) {
      const BatchNorm layer({.epsilon = 1e-3, .momentum = q, .unbiased = unbiased});
      LayerBench bench(layer, {Shape{1, 1, 3}}, {.batch = 2, .slices = 2});
      double mean = 0, var = 1;
      for (std::uint64_t step = 1; step <= 5; ++step) {
        bench.draw(step);
        const Doubles x = get(bench.x());
        bench.forward();
        mean = (1 - q) * mean + q * mean_of(x);
        var = (1 - q) * var + q * variance_of(x) * (unbiased ? 6.0 / 5 : 1);
        bench.commit();
        CHECK(bench.state(0)[0] == doctest::Approx(mean).epsilon(1e-13));
        CHECK(bench.state(1)[0] == doctest::Approx(var).epsilon(1e-13));
      }
      LayerBench evaluate(layer, {Shape{1, 1, 3}}, {.mode = Mode::evaluate, .batch = 1});
      evaluate.state(0)[0] = mean, evaluate.state(1)[0] = var;
      evaluate.forward();
      const Doubles x = get(evaluate.x()), y = get(evaluate.y());
      const double s = std::sqrt(var + 1e-3);
      for (std::size_t i = 0; i < 3; ++i) CHECK(std::fabs(y[i] - (x[i] - mean) / s) < (in_double ? 1e-14 : 1e-6));
    }
}

TEST_CASE("batch_norm in adapt mode: the running statistics move as a mixture's, then the layer normalizes by them") {
  const BatchNorm layer({.epsilon = 1e-5, .momentum = 0.25});
  const Once got = once(layer, Shape{1}, 2, {2, 6}, Mode::adapt);  // mean 4, variance 4; a quarter of it on 0 and 1
  CHECK(got.mean == Doubles{1});
  CHECK(got.var == Doubles{0.75 * 1 + 0.25 * 4 + 0.25 * 0.75 * 16});
  const double s = std::sqrt(got.var[0] + 1e-5);
  CHECK(worst_difference(got.y, {1 / s, 5 / s}) < 1e-6);

  // One sample at a time, the level of a slow stream is followed.
  LayerBench bench(layer, {Shape{1}}, {.mode = Mode::adapt, .batch = 1});
  for (int step = 0; step < 200; ++step) {
    set(bench.x(), {step % 2 ? 1001.0 : 999.0});
    bench.forward();
    bench.commit();
  }
  CHECK(std::fabs(bench.state(0)[0] - 1000) < 0.2);
  CHECK(std::fabs(bench.state(1)[0] - 1) < 0.2);
  CHECK(std::fabs(static_cast<double>(bench.y().data[0])) < 1.5);
}

TEST_CASE("batch_norm: a constant gives exactly 0, with a finite gradient") {
  const Doubles constants = {0, 1.0 / 3, 200.7, 255, 12345.678, 1e6 + 0.3, 1e7 + 3.3, -200.7, 1e-20, 1e-30, 1e-37};
  for (const BatchNorm& layer : {BatchNorm(), BatchNorm(for_input), BatchNorm({.epsilon = 1e-100})})
    for (const double constant : constants)
      for (const int batch : {2, 3, 5, 16, 127, 1000, 4096})
        for (const Shape& shape : {Shape{3}, Shape{2, 3, 3}}) {
          if (batch > 200 && shape.is_image()) continue;
          LayerBench bench(layer, {shape}, {.batch = batch, .slices = 8, .watch = false});
          std::fill(bench.x().begin(), bench.x().end(), static_cast<real>(constant));
          bench.forward();
          bench.backward();
          CAPTURE(constant);
          CAPTURE(batch);
          CHECK(std::all_of(bench.y().begin(), bench.y().end(), [](real y) { return y == 0; }));
          CHECK(std::all_of(bench.dx().begin(), bench.dx().end(), [](real dx) { return std::isfinite(dx); }));
          for (const double var : bench.next(1)) CHECK(var == (bench.spec().state.size() == 3 ? 0 : 0.9));
        }
}

TEST_CASE("batch_norm: a constant channel beside others, fused with what follows, is beta") {
  const Sequential net(Shape{2, 3, 3}, BatchNorm(for_input), Affine(), Relu());
  Weights weights(net);
  set(weights.value("affine_1.beta"), {0.25, 0.5});
  set(weights.value("affine_1.gamma"), {-3, 2});
  Plan plan(net, weights, {.batch = 5, .mode = Mode::train, .input_gradient = true});
  std::vector<real> x(5 * 18);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<real>(i / 9 % 2 ? std::sin(static_cast<double>(i)) : 200.7);
  const ConstView y = plan.forward({x.data(), Shape{2, 3, 3}, 5});
  for (std::size_t i = 0; i < x.size(); ++i)
    if (i / 9 % 2 == 0) CHECK(y.data[i] == static_cast<real>(0.25));
}

TEST_CASE("batch_norm: a large offset costs no digits") {
  for (const double offset : {0.0, 1e3, 1e6, 1e7}) {
    Doubles x, noise;
    for (std::uint64_t i = 0; i < 600; ++i) noise.push_back(std::round(20 * Random(4).normal(i)));
    for (const double value : noise) x.push_back(offset + value);  // exact in float
    const double mean = mean_of(noise), s = std::sqrt(variance_of(noise));
    Doubles expected;
    for (const double value : noise) expected.push_back((value - mean) / s);
    const Once got = once(BatchNorm(for_input), Shape{1, 2, 3}, 100, x);
    CHECK(worst_difference(got.y, expected) < (in_double ? 1e-12 : 1e-6));
    CHECK(std::fabs(mean_of(got.y)) < (in_double ? 1e-13 : 1e-7));
    CHECK(std::fabs(variance_of(got.y) - 1) < (in_double ? 1e-12 : 1e-6));
    CHECK(got.var[0] == doctest::Approx(variance_of(noise) * 600 / 599).epsilon(1e-12));
  }
}

TEST_CASE("batch_norm for inputs is free of scale and offset; with epsilon the variance is var / (var + epsilon)") {
  Doubles x;
  for (std::uint64_t i = 0; i < 60; ++i) x.push_back(std::round(64 * Random(5).normal(i)) / 64);
  const Doubles y = once(BatchNorm(for_input), Shape{2, 3, 5}, 2, x).y;
  for (const double a : {1e-20, 1e-3, 0.03, -1.0, 255.0, 1e3, 1e15})
    for (const double b : {0.0, -1e3, 17.25, 1e3}) {
      if (b != 0 && std::fabs(a) < (in_double ? 1e-3 : 1)) continue;  // the values themselves would be rounded away
      Doubles moved;
      for (const double value : x) moved.push_back(a * value + b);
      Doubles got = once(BatchNorm(for_input), Shape{2, 3, 5}, 2, moved).y;
      if (a < 0)
        for (double& value : got) value = -value;
      CAPTURE(a);
      CAPTURE(b);
      CHECK(worst_difference(got, y) < (in_double ? 1e-9 : b == 0 ? 1e-6 : 2e-4));
    }

  Doubles small;
  for (const double value : x) small.push_back(0.01 * value);
  small = as_real(small);
  const double var = variance_of(small);
  const Doubles muted = once(BatchNorm(), Shape{1, 2, 30}, 1, small).y;
  CHECK(variance_of(muted) == doctest::Approx(var / (var + 1e-5)).epsilon(1e-5));
}

TEST_CASE("batch_norm: two levels become -1 and 1, a rare event shouts") {
  Doubles two(100), rare(100, 7.0);
  for (std::size_t i = 0; i < two.size(); ++i) two[i] = i % 2 ? 0.03 : 0.01;
  rare[42] = 8;
  const Doubles y = once(BatchNorm(for_input), Shape{1}, 100, two).y, shout = once(BatchNorm(for_input), Shape{1}, 100, rare).y;
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == doctest::Approx(i % 2 ? 1 : -1).epsilon(1e-5));
  CHECK(shout[42] == doctest::Approx(std::sqrt(99)).epsilon(1e-5));
  CHECK(shout[0] == doctest::Approx(-1 / std::sqrt(99)).epsilon(1e-5));
}

TEST_CASE("batch_norm: state moves in train and adapt mode, and only when a step ends well") {
  const Sequential net(Shape{3}, BatchNorm());
  Weights weights(net);
  const auto state = [&] { return Doubles(weights.state_block().begin(), weights.state_block().end()); };
  const Doubles fresh = state();
  const std::vector<real> x = {1, 2, 3, 4, 5, 7};
  const ConstView view{x.data(), Shape{3}, 2};

  Plan evaluate(net, weights, {.batch = 2, .mode = Mode::evaluate});
  evaluate.forward(view);
  CHECK(state() == fresh);

  Plan train(net, weights, {.batch = 2, .mode = Mode::train, .input_gradient = true});
  train.forward(view);
  CHECK(state() == fresh);
  train.output_gradient().data[0] = std::numeric_limits<real>::quiet_NaN();
  train.backward();
  CHECK_FALSE(train.finite());
  CHECK(state() == fresh);
  train.forward(view);
  std::fill_n(train.output_gradient().data, 6, real(1));
  train.backward();
  CHECK(weights.state("batch_norm_1.running_mean")[0] == 0.1 * 2.5);
  const Doubles trained = state();
  CHECK(trained != fresh);

  evaluate.forward(view);
  CHECK(state() == trained);
  Plan adapt(net, weights, {.batch = 2, .mode = Mode::adapt});
  adapt.forward(view);
  CHECK(state() != trained);
}

TEST_CASE("batch_norm: other statistics than the layer behind it has channels are not fused with it") {
  const Sequential net(Shape{2, 3, 3}, BatchNorm({.per = Per::element}), Affine(), Relu());
  Weights weights(net);
  set(weights.value("affine_1.gamma"), {2, -3});
  set(weights.value("affine_1.beta"), {0.25, 0.5});
  std::vector<real> x(4 * 18);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<real>(Random(3).normal(i));
  const auto run = [&](bool fuse) {
    Plan plan(net, weights, {.batch = 4, .mode = Mode::train, .input_gradient = true, .fuse = fuse});
    const ConstView y = plan.forward({x.data(), Shape{2, 3, 3}, 4});
    Doubles all(y.begin(), y.end());
    std::copy(x.begin(), x.end(), plan.output_gradient().begin());
    weights.mark_gradients_used();
    plan.backward();
    all.insert(all.end(), plan.input_gradient().begin(), plan.input_gradient().end());
    for (const char* name : {"affine_1.gamma", "affine_1.beta"})
      for (const real value : weights.gradient(name)) all.push_back(static_cast<double>(value));
    return all;
  };
  CHECK(worst_difference(run(true), run(false)) < (in_double ? 1e-13 : 1e-5));
}

TEST_CASE("batch_norm says what it has") {
  const std::vector<Shape> image = {Shape{3, 4, 5}}, flat = {Shape{7}};
  const LayerSpec spec = BatchNorm().plan({.in = image, .batch = 1, .mode = Mode::train});
  CHECK(spec.params.empty());
  REQUIRE(spec.state.size() == 2);
  CHECK(spec.state[0].name == "running_mean");
  CHECK(spec.state[0].initial == 0);
  CHECK(spec.state[1].name == "running_var");
  CHECK(spec.state[1].initial == 1);
  CHECK(spec.state[1].sizes == std::vector<int>{3});
  CHECK(spec.min_batch == 1);
  CHECK(BatchNorm().plan({.in = flat, .batch = 8, .mode = Mode::train}).min_batch == 2);
  CHECK(BatchNorm().plan({.in = flat, .batch = 8, .mode = Mode::adapt}).min_batch == 1);
  CHECK(BatchNorm({.per = Per::element}).plan({.in = image, .batch = 8}).state[0].sizes == std::vector<int>{60});
  CHECK(BatchNorm().describe().str() == "batch_norm (epsilon 1e-5, momentum 0.1, unbiased true, per channel, input false)");
  CHECK(BatchNorm(for_input).describe().str() == "batch_norm (epsilon 0, momentum 0.1, unbiased true, per channel, input true)");
}

TEST_CASE("batch_norm errors") {
  const auto epsilon = [](double value) { return error_of([=] { BatchNorm(BatchNormOptions{.epsilon = value}); }); };
  const std::string remedy = ", which must be at least 0 and below 1e30; try 1e-5, or BatchNorm(for_input)";
  CHECK(epsilon(0) == "no error");
  CHECK(epsilon(-1e-5) == "batch_norm: epsilon = -1e-5" + remedy);
  CHECK(epsilon(HUGE_VAL) == "batch_norm: epsilon = inf" + remedy);
  CHECK(epsilon(std::nan("")) == "batch_norm: epsilon = nan" + remedy);
  CHECK(epsilon(1e-3) == "no error");
  const auto momentum = [](double value) { return error_of([=] { BatchNorm(BatchNormOptions{.momentum = value}); }); };
  CHECK(momentum(0) == "no error");
  CHECK(momentum(-0.1) == "batch_norm: momentum = -0.1, which must be at least 0 and at most 1; try 0.1");
  CHECK(momentum(1.5) == "batch_norm: momentum = 1.5, which must be at least 0 and at most 1; try 0.1");
  CHECK(momentum(std::nan("")) == "batch_norm: momentum = nan, which must be at least 0 and at most 1; try 0.1");
  CHECK(momentum(1) == "no error");
  const std::string one_value =
      "a training batch of 1 has one value per channel, and its normalization is always 0; try OnlineNorm, which takes any batch, "
      "or another batch size, or dropping the last short batch";
  CHECK(plan_error(BatchNorm(), {Shape{7}}) == one_value);
  CHECK(plan_error(BatchNorm({.per = Per::element}), {Shape{1, 2, 2}}) == one_value);
  CHECK(plan_error(BatchNorm(), {Shape{1, 1, 2}}) == "no error");
  CHECK(plan_error(BatchNorm(), {}) == "needs one input, got 0; try joining them first, by Add() or Concat()");
}

TEST_CASE("batch_norm: a last batch of one is refused before anything moves") {
  const Sequential net(Shape{3}, BatchNorm());
  Weights weights(net);
  Plan plan(net, weights, {.batch = 8, .mode = Mode::train});
  const std::vector<real> x = {1, 2, 3};
  const std::string error = error_of([&] { plan.forward({x.data(), Shape{3}, 1}); });
  CHECK(error.find("layer 1 batch_norm_1") != std::string::npos);
  CHECK(error.find("a training batch of 1 has one value per channel") != std::string::npos);
  CHECK(error.find("OnlineNorm") != std::string::npos);
  CHECK(get(weights.state("batch_norm_1.running_var")) == Doubles{1, 1, 1});
}

}  // namespace cambium
