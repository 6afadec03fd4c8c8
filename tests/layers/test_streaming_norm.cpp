// The backward pass of streaming norm is a recurrence of its own, so it is held against a naive twin, and against batch norm where
// it should be that.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/streaming_norm.h"
#include "tests/layers/twin_run.h"
#include "tests/support/check_layer.h"

namespace cambium {

namespace {

constexpr bool in_double = sizeof(real) == 8;

StreamingNormOptions mixes(StreamMix forward, StreamMix backward) { return {.forward = forward, .backward = backward}; }
StreamingNormOptions as_batch_norm() { return mixes({0, 1, 0}, {0, 0, 1}); }
StreamingNormOptions all_three() {
  StreamingNormOptions options = mixes({0.5, 0.3, 0.2}, {0.25, 0.25, 0.5});
  options.kappa_forward = 0.25, options.kappa_backward = 0.9, options.epsilon = 1e-3;
  return options;
}

// One stream, with everything that was pushed since the last update.
struct Stream {
  bool has_long = false;
  double far = 0, updates = 0;
  Doubles pushed{};

  double near() const {
    double sum = 0;
    for (const double value : pushed) sum += value;
    return sum / static_cast<double>(pushed.size());
  }
  void take_over(double kappa) {
    if (pushed.empty()) return;
    far = has_long ? kappa * far + (1 - kappa) * near() : near();
    has_long = true, updates += 1;
    pushed.clear();
  }
  double push(double value, const StreamMix& mix) {
    pushed.push_back(value);
    return mix.long_term * (has_long ? far : near()) + mix.short_term * near() + mix.current * value;
  }
};

// One channel, as the rule is written down.
struct Twin {
  StreamingNormOptions options;
  Stream mean{}, deviation{}, gmean{}, gstd{}, rstd{};
  double version = 0, M = 0, S = 1, s = 1, n = 0;
  Doubles x{}, y{}, dx{}, ds{};  // ds: (x - m) / s, or what stands for it

  void take(const Doubles& values, bool updated) {
    if (updated) {
      version += 1;
      mean.take_over(options.kappa_forward), deviation.take_over(options.kappa_forward);
      gmean.take_over(options.kappa_backward), gstd.take_over(options.kappa_backward);
      rstd.take_over(options.kappa_backward);
    }
    x = values, n = static_cast<double>(x.size());
    double m = 0, square = 0;
    for (const double value : x) m += value / n;
    const bool first = !mean.has_long && mean.pushed.empty();
    const double around = n > 1 ? m : first ? x[0] : mean.has_long ? mean.far : mean.near();
    for (const double value : x) square += (value - around) * (value - around) / n;
    s = n == 1 && first ? 1 : std::sqrt(square + options.epsilon);
    M = mean.push(m, options.forward);
    double off = 0;
    for (const double value : x) off += (value - M) * (value - M) / n;
    const double least = options.bounded ? std::sqrt(off) / StreamingNormOptions::limit : 0;
    S = std::max(deviation.push(std::max(s, least), options.forward), least);
    y.clear(), ds.clear();
    for (const double value : x) y.push_back((value - M) / S), ds.push_back((value - around) / s);
  }
  void take_back(const Doubles& g) {
    double gm = 0, gs = 0;
    for (std::size_t i = 0; i < g.size(); ++i) gm -= g[i] / S, gs -= g[i] * (x[i] - M) / (S * S);
    const double R = rstd.push(1 / S, options.backward), too_large = options.bounded ? R * S / StreamingNormOptions::limit : 0;
    const double G = gmean.push(gm, options.backward) / std::max(too_large, 1.0);
    const double H = gstd.push(gs, options.backward) / std::max(too_large, 1.0);
    dx.clear();
    for (std::size_t i = 0; i < g.size(); ++i) dx.push_back(g[i] / S + G / n + H * ds[i] / n);
  }
  Doubles state() const {
    return {mean.has_long ? mean.far : 0,
            mean.has_long ? deviation.far : 1,
            gmean.far,
            gstd.far,
            mean.has_long ? rstd.far : 1,
            mean.near(),
            deviation.near(),
            gmean.near(),
            gstd.near(),
            rstd.near(),
            mean.updates,
            gmean.updates,
            static_cast<double>(mean.pushed.size()),
            static_cast<double>(gmean.pushed.size()),
            version};
  }
};

const std::vector<std::string> states = {"mean_long",  "std_long",     "gmean_long",  "gstd_long",  "rstd_long",
                                         "mean_short", "std_short",    "gmean_short", "gstd_short", "rstd_short",
                                         "updates",    "updates_back", "calls",       "calls_back", "weights_version"};

std::vector<bool> now_and_then(std::size_t calls) {
  std::vector<bool> updates;
  for (std::uint64_t i = 0; i < calls; ++i) updates.push_back(Random(24).below(i, 3) == 0);
  return updates;
}

}  // namespace

TEST_CASE("streaming_norm keeps the layer contract") {
  const std::vector<Inputs> cases = {Shape{7}, Shape{1}, Shape{67}, Shape{3, 5, 7}, Shape{2, 3, 3}, Shape{1, 1, 13}};
  check_layer(StreamingNorm(), cases, linear());
  check_layer(StreamingNorm(as_batch_norm()), cases, linear());
  check_layer(StreamingNorm(all_three()), cases, linear());
  check_layer(StreamingNorm({.per = Per::element}), {Shape{7}, Shape{3, 5, 7}, Shape{2, 1, 1}}, linear());
  check_layer(StreamingNorm({.per = Per::pooled}), {Shape{7}, Shape{3, 5, 7}}, linear());
}

TEST_CASE("streaming_norm: a case worked by hand") {
  const StreamingNorm layer({.epsilon = 1e-30});
  LayerBench bench(layer, {Shape{1}}, {.batch = 2});
  step(bench, {2, 6}, {1, 0});  // m 4, s 2: all there is, so this is batch norm
  CHECK(get(bench.y()) == Doubles{-1, 1});
  CHECK(get(bench.dx()) == Doubles{0, 0});
  bench.weights_moved();
  step(bench, {6, 10}, {0, 1});  // m 8, s 2; long 4 and 2: M 6, S 2; gmean -1/2, gstd -1; long -1/2 and 1/2: G -1/2, H -1/10
  CHECK(get(bench.y()) == Doubles{0, 2});
  check_near(bench.dx(), {-0.2, 0.2}, 1e-6);
  step(bench, {4, 12}, {0, 0});  // m 8, s 4; short 8 and 3, long as before: M 6, S 2.5; G -0.3, H 0.3
  check_near(bench.y(), {-0.8, 2.4}, 1e-6);
  check_near(bench.dx(), {-0.3, 0}, 1e-6);
  const Doubles expected = {4, 2, -0.5, 0.5, 0.5, 8, 3, -0.25, -0.5, 0.45, 1, 1, 2, 2, 1};
  for (int i = 0; i < 15; ++i) CHECK(bench.state(i)[0] == doctest::Approx(expected[static_cast<std::size_t>(i)]).epsilon(1e-6));
}

TEST_CASE("streaming_norm is its naive twin over batches of 1 to 9, with updates now and then, flat and of images") {
  for (const Shape& shape : {Shape{3}, Shape{2, 3, 3}})
    for (const StreamingNormOptions& options :
         {StreamingNormOptions{}, mixes({0.7, 0.3, 0}, {0.7, 0, 0.3}), all_three(), mixes({0, 0, 1}, {1, 0, 0}), as_batch_norm()})
      for (const bool every_time : {true, false}) {
        // Without a long term forward, a few values that happen to be close are divided by next to nothing.
        const int least = options.forward.long_term == 0 ? 3 : 1;
        TwinRun run{shape, mixed_batches(80, least), {}, 0.5, 1.5, states};
        if (!every_time) run.updates = now_and_then(80);
        const double error = worst_beside_twins(StreamingNorm(options), Twin{options}, run);
        CAPTURE(shape.str());
        CAPTURE(options.forward.str());
        CAPTURE(every_time);
        CHECK(error < (in_double ? 1e-12 : 1e-5));
      }
}

TEST_CASE("streaming_norm of the short term alone, current gradients, and an update between all calls, is batch norm") {
  const auto run = [](const Item& norm, const Shape& shape, double offset) {
    const Sequential net(shape, norm, Affine(), Relu());
    Weights weights(net);
    Plan plan(net, weights, {.batch = 9, .mode = Mode::train, .input_gradient = true});
    Doubles all;
    for (const int batch : mixed_batches(20, 2)) {
      weights.raise_version();
      std::vector<real> x(static_cast<std::size_t>(batch * shape.size()));
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<real>(offset + Random(31).of(all.size()).normal(i));
      const ConstView y = plan.forward({x.data(), shape, batch});
      all.insert(all.end(), y.begin(), y.end());
      for (std::size_t i = 0; i < x.size(); ++i) plan.output_gradient().data[i] = static_cast<real>(Random(32).normal(i));
      plan.backward();
      all.insert(all.end(), plan.input_gradient().begin(), plan.input_gradient().end());
    }
    return all;
  };
  for (const Shape& shape : {Shape{5}, Shape{3, 5, 7}})
    for (const double offset : {0.0, 1e3}) {
      const Doubles ours = run(StreamingNorm(as_batch_norm()), shape, offset), norm = run(BatchNorm(), shape, offset);
      REQUIRE(ours.size() == norm.size());
      double worst = 0;
      for (std::size_t i = 0; i < norm.size(); ++i)
        worst = std::max(worst, std::fabs(ours[i] - norm[i]) / (1 + std::fabs(norm[i])));
      CHECK(worst < (in_double ? 1e-10 : 2e-5));
    }

  if (!in_double) return;  // then dx is a derivative
  const StreamingNorm layer(as_batch_norm());
  LayerBench bench(layer, {Shape{2, 2, 2}}, {.batch = 3, .watch = false});
  for (int step = 0; step < 3; ++step) bench.forward(), bench.backward(), bench.commit(), bench.weights_moved();
  bench.draw(5);
  bench.forward();
  bench.backward();
  const Doubles dx = get(bench.dx()), dy = get(bench.dy());
  for (std::size_t i = 0; i < dx.size(); ++i) {
    double slope = 0;
    const real x = bench.x().data[i];
    for (const double sign : {1.0, -1.0}) {
      bench.x().data[i] = static_cast<real>(static_cast<double>(x) + sign * 1e-5);
      bench.forward();
      for (std::size_t j = 0; j < dy.size(); ++j) slope += sign * dy[j] * static_cast<double>(bench.y().data[j]) / 2e-5;
    }
    bench.x().data[i] = x;
    CHECK(dx[i] == doctest::Approx(slope).epsilon(1e-6));
  }
}

TEST_CASE("streaming_norm: single values, one by one, with an update after each") {
  const Sequential net(Shape{1}, Named("norm", StreamingNorm()));
  Weights weights(net);
  Plan plan(net, weights, {.batch = 1, .mode = Mode::train, .input_gradient = true});
  double sum = 0, squares = 0, largest = 0, dx_largest = 0, dx_squares = 0, width = 0;
  const int samples = 20000;
  for (std::uint64_t i = 0; i < samples; ++i) {
    const real x = static_cast<real>(5 + 3 * Random(41).normal(i));
    const double y = static_cast<double>(*plan.forward({&x, Shape{1}, 1}).begin());
    *plan.output_gradient().data = static_cast<real>(Random(42).normal(i));
    plan.backward();
    const double dx = static_cast<double>(*plan.input_gradient().begin());
    weights.raise_version();
    REQUIRE(std::isfinite(dx));
    sum += y, squares += y * y, dx_squares += dx * dx, width += weights.state("norm.std_long")[0];
    largest = std::max(largest, std::fabs(y)), dx_largest = std::max(dx_largest, std::fabs(dx));
  }
  CHECK(std::fabs(sum / samples) < 6 * 0.5 / std::sqrt(samples));
  CHECK(std::sqrt(squares / samples) > 0.3);
  CHECK(largest <= 1 + 1e-6);
  CHECK(std::sqrt(dx_squares / samples) < 1);
  CHECK(dx_largest < 5);
  CHECK(width / samples == doctest::Approx(3 * std::sqrt(2 / 3.14159265358979 * (1 + 0.3 / 1.7))).epsilon(0.03));
}

TEST_CASE("streaming_norm: the first single value gives 0 and no gradient") {
  const StreamingNorm layer;
  LayerBench bench(layer, {Shape{2}}, {.batch = 1});
  set(bench.x(), {1e6, -3});
  bench.forward();
  bench.backward();
  CHECK(get(bench.y()) == Doubles{0, 0});
  CHECK(get(bench.dx()) == Doubles{0, 0});
  CHECK(get(bench.next(6)) == Doubles{1, 1});
}

TEST_CASE("streaming_norm: a constant stream gives exactly 0, with a finite gradient") {
  for (const double constant : {0.0, 1.0 / 3, 200.7, 1e6 + 0.3, 1e7 + 3.3, 1e-30})
    for (const StreamingNormOptions& options : {StreamingNormOptions{}, mixes({0.7, 0.3, 0}, {0.7, 0, 0.3}), all_three()})
      for (const Shape& shape : {Shape{2}, Shape{1, 3, 3}}) {
        const Sequential net(shape, StreamingNorm(options));
        Weights weights(net);
        Plan plan(net, weights, {.batch = 9, .mode = Mode::train, .input_gradient = true});
        const std::vector<real> x(static_cast<std::size_t>(9 * shape.size()), static_cast<real>(constant));
        for (const int batch : mixed_batches(40)) {
          const ConstView y = plan.forward({x.data(), shape, batch});
          std::fill_n(plan.output_gradient().data, y.size(), real(1));
          plan.backward();
          if (batch % 2) weights.raise_version();
          CHECK(std::all_of(y.begin(), y.end(), [](real value) { return value == 0; }));
          const ConstView dx = plan.input_gradient();
          CHECK(std::all_of(dx.begin(), dx.end(), [](real value) { return std::isfinite(value); }));
        }
      }
}

TEST_CASE("streaming_norm: what moves in which mode") {
  const Sequential net(Shape{1}, Named("norm", StreamingNorm({.epsilon = 1e-30})));
  Weights weights(net);
  const auto state = [&] { return Doubles(weights.state_block().begin(), weights.state_block().end()); };
  const auto of = [&](const char* name) { return weights.state(std::string("norm.") + name)[0]; };
  const Doubles fresh = state();
  Plan evaluate(net, weights, {.batch = 2}), train(net, weights, {.batch = 2, .mode = Mode::train, .input_gradient = true}),
      adapt(net, weights, {.batch = 2, .mode = Mode::adapt});
  std::vector<real> now;  // stays until the backward pass is done
  const auto run = [&](Plan& plan, const std::vector<real>& x) {
    now = x;
    return get(plan.forward({now.data(), Shape{1}, static_cast<int>(now.size())}));
  };
  const auto back = [&](real dy) {
    std::fill_n(train.output_gradient().data, 2, dy);
    train.backward();
  };
  CHECK(run(evaluate, {3, -5}) == Doubles{3, -5});  // no data yet: mean 0, std 1
  CHECK(state() == fresh);
  CHECK(run(train, {2, 6}) == Doubles{-1, 1});
  CHECK(state() == fresh);
  back(std::numeric_limits<real>::quiet_NaN());
  CHECK(state() == fresh);
  run(train, {2, 6});
  back(1);
  CHECK(of("calls_back") == 1);
  const Doubles trained = state();
  CHECK(run(evaluate, {4, 8}) == Doubles{0, 2});  // no long-term values yet: mean 4, std 2
  weights.raise_version();
  CHECK(run(evaluate, {4, 8}) == Doubles{0, 2});
  CHECK(state() == trained);
  run(train, {7, 9});
  back(0);
  CHECK(run(evaluate, {4, 8}) == Doubles{0, 2});  // now by the long-term ones
  CHECK(of("mean_short") == 8);
  CHECK(of("std_short") == 1);
  CHECK(of("updates") == 1);

  // Every call of adapt counts as an update, of the forward streams: long 4 + 0.3 (8 - 4) and 2 + 0.3 (1 - 2), short 8 and 4.
  const double gmean = of("gmean_long"), gmean_short = of("gmean_short"), version = of("weights_version");
  weights.raise_version();
  CHECK(run(adapt, {4, 12})[1] == doctest::Approx((12 - (5.2 + 8) / 2) / ((1.7 + 4) / 2)).epsilon(1e-6));
  CHECK(of("mean_long") == doctest::Approx(5.2).epsilon(1e-14));
  CHECK(of("updates") == 2);
  for (int i = 0; i < 60; ++i) run(adapt, {99, 101});
  CHECK(of("mean_long") == doctest::Approx(100).epsilon(1e-6));
  CHECK(of("std_long") == doctest::Approx(1).epsilon(1e-6));
  CHECK(of("updates") == 62);
  CHECK(of("calls") == 1);
  CHECK(of("gmean_long") == gmean);
  CHECK(of("gmean_short") == gmean_short);
  CHECK(of("weights_version") == version);
  for (int i = 0; i < 300; ++i) run(adapt, {static_cast<real>(i % 2 ? 201 : 199)});
  CHECK(std::fabs(of("mean_long") - 200) < 0.5);
}

TEST_CASE("streaming_norm says what it has") {
  const std::vector<Shape> in = {Shape{3, 4, 5}};
  const LayerSpec spec = StreamingNorm().plan({.in = in, .batch = 4, .mode = Mode::train});
  REQUIRE(spec.state.size() == states.size());
  for (std::size_t i = 0; i < states.size(); ++i) {
    CHECK(spec.state[i].name == states[i]);
    CHECK(spec.state[i].initial == (i == 1 || i == 4 || i == 6 || i == 9 ? 1 : 0));
    CHECK(spec.state[i].sizes == std::vector<int>{i < 10 ? 3 : 1});
  }
  CHECK(spec.min_batch == 1);
  CHECK(spec.gradient == GradientKind::controller);
  CHECK(StreamingNorm().plan({.in = in}).gradient == GradientKind::exact);
  CHECK(StreamingNorm().describe().str() ==
        "streaming_norm (forward [0.5, 0.5, 0], backward [0.6, 0, 0.4], kappa_forward 0.7, kappa_backward 0.7, epsilon 1e-5, "
        "per channel, bounded true)");
}

TEST_CASE("streaming_norm: any other version of the weights is an update, an earlier one too") {
  const Sequential net(Shape{2}, StreamingNorm());
  Weights weights(net);
  weights.set_version(7);
  Plan plan(net, weights, {.batch = 4, .mode = Mode::train, .input_gradient = true});
  const std::vector<real> x = {1, 2, 3, 4, 5, 7, 6, 8};
  const auto call = [&] {
    plan.forward({x.data(), Shape{2}, 4});
    std::fill_n(plan.output_gradient().data, 8, real(1));
    plan.backward();
    return weights.state("streaming_norm_1.updates")[0];
  };
  CHECK(call() == 0);
  CHECK(call() == 0);
  weights.set_version(3);
  CHECK(call() == 1);
  CHECK(call() == 1);
  weights.set_version(4);
  CHECK(call() == 2);
}

TEST_CASE("streaming_norm errors") {
  const auto error = [](const StreamingNormOptions& options) { return error_of([&] { StreamingNorm{options}; }); };
  const std::string mix =
      ", where all must be at least 0, and their sum 1; try .forward = {0.5, 0.5, 0}, .backward = {0.6, 0, 0.4}";
  CHECK(error({.forward = {0.5, 0.6, 0}}) == "streaming_norm: forward = [0.5, 0.6, 0]" + mix);
  CHECK(error({.forward = {1.5, 0, -0.5}}) == "streaming_norm: forward = [1.5, 0, -0.5]" + mix);
  CHECK(error({.backward = {0, 0, 0}}) == "streaming_norm: backward = [0, 0, 0]" + mix);
  CHECK(error({.backward = {std::nan(""), 0, 1}}) == "streaming_norm: backward = [nan, 0, 1]" + mix);
  const std::string kappa = ", which must be at least 0 and at most 1; try 0.7";
  CHECK(error({.kappa_forward = 1.5}) == "streaming_norm: kappa_forward = 1.5" + kappa);
  CHECK(error({.kappa_backward = -0.1}) == "streaming_norm: kappa_backward = -0.1" + kappa);
  CHECK(error({.kappa_backward = std::nan("")}) == "streaming_norm: kappa_backward = nan" + kappa);
  CHECK(error({.epsilon = 0}) == "streaming_norm: epsilon = 0, which must be at least 1e-30 and below 1e30; try 1e-5");
  CHECK(error({.kappa_forward = 0, .kappa_backward = 1}) == "no error");
  CHECK(plan_error(StreamingNorm(), {}) == "needs one input, got 0; try joining them first, by Add() or Concat()");
}

}  // namespace cambium
