// The backward pass of online norm is a controller, not the derivative of its forward pass, so it is held against the literal
// recurrences, against itself in other batches, and against what a controller is for.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cambium/framework/planning/plan.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/normalization/online_norm.h"
#include "tests/layers/by_hand.h"
#include "tests/layers/online_norm_twin.h"
#include "tests/support/check_layer.h"

namespace cambium {

namespace {

using Start = OnlineNormOptions::Start;
constexpr bool in_double = sizeof(real) == 8;

OnlineNormOptions cold() { return {.start = Start::cold}; }
OnlineNormOptions fast(Start start) { return {.alpha = 0.9, .alpha_backward = 0.8, .start = start}; }

// What the layer and its twins say of a stream, one sample after the other: the worst |difference| / (1 + |twin's value|).
class Comparison {
 public:
  Comparison(const OnlineNormOptions& options, const Shape& shape)
      : layer_(options),
        bench_(layer_, {shape}, {.batch = 1, .watch = false}),
        twins_(extent_of(shape, options.per).channels, OnlineNormTwin{options}),
        positions_(extent_of(shape, options.per).spatial) {}

  double run(int steps, double offset, double scale) {
    for (std::uint64_t step = 0; step < static_cast<std::uint64_t>(steps); ++step) {
      for (std::size_t i = 0; i < bench_.x().size(); ++i) {
        const double z = Random(6).of(step).normal(i);
        bench_.x().data[i] = static_cast<real>(offset + scale * z);
        bench_.dy().data[i] = static_cast<real>(0.4 + 0.4 * z + Random(7).of(step).normal(i));
      }
      bench_.forward();
      bench_.backward();
      bench_.commit();
      for (std::size_t c = 0; c < twins_.size(); ++c) compare(c);
    }
    return worst_;
  }

 private:
  void compare(std::size_t c) {
    const Doubles x = get(bench_.x()), dy = get(bench_.dy());
    OnlineNormTwin& twin = twins_[c];
    twin.take(x.data() + c * positions_, positions_);
    twin.take_back(dy.data() + c * positions_);
    for (std::size_t i = 0; i < positions_; ++i) {
      differ(static_cast<double>(bench_.y().data[c * positions_ + i]), twin.y[i]);
      differ(static_cast<double>(bench_.dx().data[c * positions_ + i]), twin.dx[i]);
    }
    const double expected[] = {twin.mean, twin.var, twin.u, twin.v};
    for (int i = 0; i < 4; ++i) differ(bench_.state(i)[c], expected[i]);
    differ(bench_.state(4)[0], twin.n);
  }
  void differ(double got, double expected) {
    const double error = std::fabs(got - expected) / (1 + std::fabs(expected));
    if (!(error <= worst_)) worst_ = error;
  }

  OnlineNorm layer_;
  LayerBench bench_;
  std::vector<OnlineNormTwin> twins_;
  std::size_t positions_;
  double worst_ = 0;
};

}  // namespace

TEST_CASE("online_norm keeps the layer contract") {
  const std::vector<Inputs> cases = {Shape{7}, Shape{1}, Shape{67}, Shape{3, 5, 7}, Shape{2, 3, 3}, Shape{1, 1, 13}};
  CheckOptions options = linear();
  options.batches = {1, 7, 40};  // the warm start passes gradients from the 17th value of a channel on
  check_layer(OnlineNorm(), cases, options);
  check_layer(OnlineNorm(cold()), cases, options);
  check_layer(OnlineNorm(for_input), cases, options);
  check_layer(OnlineNorm(fast(Start::warm)), cases, options);
  check_layer(OnlineNorm({.per = Per::element}), {Shape{7}, Shape{3, 5, 7}}, options);
  check_layer(OnlineNorm({.start = Start::cold, .per = Per::element}), {Shape{2, 3, 5}}, options);
  check_layer(OnlineNorm({.per = Per::pooled}), {Shape{7}, Shape{1}, Shape{3, 5, 7}}, options);
}

TEST_CASE("online_norm cold: a case worked by hand") {
  // Flat; s is sqrt(var + 3): 2 for the first sample, sqrt(1.5 + 3) for the second.
  const OnlineNorm layer({.alpha = 0.75, .alpha_backward = 0.5, .epsilon = 3, .start = Start::cold, .bounded = false});
  LayerBench bench(layer, {Shape{1}}, {.batch = 2});
  set(bench.x(), {2, 5});
  set(bench.dy(), {1, -1});
  bench.forward();
  const double s = std::sqrt(4.5), y = 4.5 / s;
  CHECK(bench.y().data[0] == 1);  // by mean 0 and var 1
  CHECK(static_cast<double>(bench.y().data[1]) == doctest::Approx(y).epsilon(1e-6));
  bench.backward();  // v is 0 and then 1, u 0 and then 0.5
  const double h = -1 - 0.5 * 1 * y;
  CHECK(bench.dx().data[0] == static_cast<real>(0.5));
  CHECK(static_cast<double>(bench.dx().data[1]) == doctest::Approx(h / s - 0.5 * 0.5).epsilon(1e-6));
  bench.commit();
  CHECK(bench.state(0)[0] == 0.5 + 0.25 * 4.5);
  CHECK(bench.state(1)[0] == 0.75 * 1.5 + 0.75 * 0.25 * 4.5 * 4.5);
  CHECK(bench.state(2)[0] == doctest::Approx(0.5 + h / s - 0.25).epsilon(1e-6));
  CHECK(bench.state(3)[0] == doctest::Approx(1 + h * y).epsilon(1e-6));
  CHECK(bench.state(4)[0] == 2);
}

TEST_CASE("online_norm is its naive twin over 10,000 steps, cold and warm, flat and of images") {
  const int steps = in_double ? 10000 : 3000;
  double worst = 0;
  for (const Shape& shape : {Shape{3}, Shape{2, 3, 3}})
    for (const OnlineNormOptions& options : {cold(), OnlineNormOptions{}, OnlineNormOptions{.bounded = false}, fast(Start::cold),
                                             fast(Start::warm), OnlineNormOptions{.start = Start::cold, .per = Per::pooled},
                                             OnlineNormOptions{.alpha = 0.9, .alpha_backward = 0.8, .per = Per::pooled}}) {
      const double error = Comparison(options, shape).run(steps, 0.5, 1.5);
      CAPTURE(shape.str());
      CAPTURE(options.alpha);
      CAPTURE(text_of(options.start));
      CAPTURE(text_of(options.per));
      CHECK(error < (in_double ? 1e-12 : 2e-5));
      worst = std::max(worst, error);
    }
  MESSAGE("online norm against its naive twin, ", steps, " steps: worst error ", worst);
}

// ------------------------------------------------------------------------------------------------------ batches

namespace {

struct Streamed {
  std::vector<real> y, dx;
  std::vector<double> state;
  bool operator==(const Streamed&) const = default;
};

// A stream of 192 samples in these batches, again and again, through a plan, with the weights as they are.
Streamed stream(const Sequential& net, const std::vector<int>& batches, int threads) {
  constexpr int samples = 192;
  const Shape shape = net.entries()[0].shape;
  const auto size = static_cast<std::size_t>(shape.size());
  std::vector<real> x(samples * size), dy(samples * size);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<real>(3 + Random(8).normal(i));
    dy[i] = static_cast<real>(0.1 + Random(9).normal(i));
  }
  Weights weights(net, 3);
  Plan plan(net, weights,
            {.batch = *std::max_element(batches.begin(), batches.end()),
             .mode = Mode::train,
             .threads = threads,
             .input_gradient = true});
  Streamed result;
  for (int first = 0, call = 0; first < samples; ++call) {
    const int batch = std::min(batches[static_cast<std::size_t>(call) % batches.size()], samples - first);
    const std::size_t at = static_cast<std::size_t>(first) * size;
    const ConstView y = plan.forward({x.data() + at, shape, batch});
    result.y.insert(result.y.end(), y.begin(), y.end());
    std::copy_n(dy.data() + at, y.size(), plan.output_gradient().data);
    plan.backward();
    const ConstView dx = plan.input_gradient();
    result.dx.insert(result.dx.end(), dx.begin(), dx.end());
    first += batch;
  }
  result.state.assign(weights.state_block().begin(), weights.state_block().end());
  return result;
}

}  // namespace

TEST_CASE("online_norm: a batch of n and n batches of one give the same bits, for any number of threads") {
  for (const Start start : {Start::cold, Start::warm})
    for (const Shape& shape : {Shape{5}, Shape{3, 5, 7}, Shape{2, 1, 1}, Shape{200}})  // the last is shared by threads
      for (const bool fused : {false, true}) {
        const OnlineNormOptions options{.alpha = 0.98, .alpha_backward = 0.95, .start = start};
        const Sequential net =
            fused ? Sequential(shape, OnlineNorm(options), Affine(), Relu()) : Sequential(shape, OnlineNorm(options));
        const Streamed singles = stream(net, {1}, 1);
        CHECK(std::all_of(singles.dx.begin(), singles.dx.end(), [](real dx) { return std::isfinite(dx); }));
        for (const std::vector<int>& batches : {std::vector{1}, {7}, {64}, {192}, {1, 64, 7, 3}})
          for (const int threads : {1, 3}) {
            CAPTURE(shape.str());
            CAPTURE(batches[0]);
            CAPTURE(threads);
            CHECK(stream(net, batches, threads) == singles);
          }
      }
}

// ------------------------------------------------------------------------------------------------------ what it is for

TEST_CASE("online_norm's controller keeps the averages of dx and of dx y near 0, and stays bounded") {
  for (const double decay : {0.9, 0.99, 0.999})
    for (const Shape& shape : {Shape{1}, Shape{1, 2, 2}}) {
      const OnlineNorm layer({.alpha = 0.999, .alpha_backward = decay});
      LayerBench bench(layer, {shape}, {.batch = 100, .watch = false});
      double sum = 0, sum_y = 0, squares = 0, n = 0, largest = 0;
      for (std::uint64_t call = 0; call < 500; ++call) {
        for (std::size_t i = 0; i < bench.x().size(); ++i) {
          const double z = Random(10).of(call).normal(i);
          bench.x().data[i] = static_cast<real>(3 + 2 * z);
          bench.dy().data[i] = static_cast<real>(0.4 + 0.4 * z + Random(11).of(call).normal(i));
        }
        bench.forward();
        bench.backward();
        bench.commit();
        largest = std::max({largest, std::fabs(bench.state(2)[0]), std::fabs(bench.state(3)[0])});
        if (call < 50) continue;  // until the statistics have settled
        for (std::size_t i = 0; i < bench.x().size(); ++i, ++n) {
          const double dx = static_cast<double>(bench.dx().data[i]), y = static_cast<double>(bench.y().data[i]);
          sum += dx, sum_y += dx * y, squares += dx * dx;
        }
      }
      const double rms = std::sqrt(squares / n);
      CAPTURE(decay);
      CHECK(std::fabs(sum / n) < 0.01 * rms);
      CHECK(std::fabs(sum_y / n) < 0.01 * rms);
      CHECK(largest < 3 * 0.4 / (1 - decay) + 100);
    }
}

TEST_CASE("online_norm: a constant becomes 0: at once from a warm start, in time from a cold one") {
  for (const double constant : {0.0, 1.0 / 3, 200.7, 255.0, 12345.678, 1e6 + 0.3, 1e7 + 3.3, 1e-37})
    for (const bool input : {false, true})
      for (const Shape& shape : {Shape{2}, Shape{1, 3, 3}}) {
        const OnlineNorm layer({.epsilon = input ? 0 : 1e-5, .input = input});
        LayerBench bench(layer, {shape}, {.batch = 1500, .slices = 8, .watch = false});
        std::fill(bench.x().begin(), bench.x().end(), static_cast<real>(constant));
        bench.forward();
        bench.backward();
        CAPTURE(constant);
        CHECK(std::all_of(bench.y().begin(), bench.y().end(), [](real y) { return y == 0; }));
        CHECK(std::all_of(bench.dx().begin(), bench.dx().end(), [](real dx) { return std::isfinite(dx); }));
      }
  for (const double constant : {7.25, 255.0}) {
    const OnlineNorm layer(cold());
    LayerBench bench(layer, {Shape{1}}, {.batch = 1000, .watch = false});
    std::fill(bench.x().begin(), bench.x().end(), static_cast<real>(constant));
    for (int call = 0; call < 60; ++call) bench.forward(), bench.backward(), bench.commit();
    CHECK(std::fabs(static_cast<double>(bench.y().data[999])) < 1e-7);
  }
}

TEST_CASE("online_norm for inputs: pixels from 0 to 1 and from 0 to 255 come out alike") {
  const auto run = [](double scale, double offset) {
    const OnlineNorm layer(for_input);
    LayerBench bench(layer, {Shape{1, 4, 4}}, {.batch = 300, .watch = false});
    for (std::size_t i = 0; i < bench.x().size(); ++i)
      bench.x().data[i] = static_cast<real>(offset + scale * static_cast<double>(Random(12).below(i, 256)));
    bench.forward();
    return get(bench.y());
  };
  const Doubles y = run(1, 0);
  for (const auto& [scale, offset] : {std::pair(1.0 / 255, 0.0), std::pair(2.0 / 255, -1.0), std::pair(1e-12, 0.0)}) {
    const Doubles other = run(scale, offset);
    double worst = 0;
    for (std::size_t i = 0; i < y.size(); ++i) worst = std::max(worst, std::fabs(y[i] - other[i]));
    CHECK(worst < (in_double ? 1e-12 : 1e-5));
  }
}

TEST_CASE("online_norm: what moves in which mode") {
  const Sequential net(Shape{3}, OnlineNorm());
  Weights weights(net);
  const auto state = [&] { return Doubles(weights.state_block().begin(), weights.state_block().end()); };
  const Doubles fresh = state();
  std::vector<real> x;
  for (int i = 0; i < 12; ++i) x.insert(x.end(), {1, 2, 3, 4, 5, 7});
  const ConstView view{x.data(), Shape{3}, 24};

  Plan evaluate(net, weights, {.batch = 24, .mode = Mode::evaluate});
  const Doubles by_the_start = get(evaluate.forward(view));
  CHECK(by_the_start[1] == doctest::Approx(2 / std::sqrt(1 + 1e-5)).epsilon(1e-6));
  CHECK(state() == fresh);

  Plan train(net, weights, {.batch = 24, .mode = Mode::train, .input_gradient = true});
  const Doubles trained_y = get(train.forward(view));
  CHECK(state() == fresh);
  std::fill_n(train.output_gradient().data, 72, static_cast<real>(NAN));
  train.backward();
  CHECK(state() == fresh);
  train.forward(view);
  std::fill_n(train.output_gradient().data, 72, real(1));
  train.backward();
  CHECK(get(weights.state("online_norm_1.count")) == Doubles{24});
  const double expected[] = {2.5, 3.5, 5};
  for (std::size_t c = 0; c < 3; ++c) CHECK(weights.state("online_norm_1.mean")[c] == doctest::Approx(expected[c]).epsilon(1e-14));
  CHECK(weights.state("online_norm_1.u")[0] != 0);
  const Doubles trained = state();
  evaluate.forward(view);
  CHECK(state() == trained);

  // adapt is the forward pass of train, and leaves the controller alone.
  const Doubles u = get(weights.state("online_norm_1.u")), v = get(weights.state("online_norm_1.v"));
  Weights other(net);
  Plan adapt(net, other, {.batch = 24, .mode = Mode::adapt});
  CHECK(get(adapt.forward(view)) == trained_y);
  CHECK(get(other.state("online_norm_1.mean")) == get(weights.state("online_norm_1.mean")));
  Plan adapt_again(net, weights, {.batch = 24, .mode = Mode::adapt});
  adapt_again.forward(view);
  CHECK(get(weights.state("online_norm_1.count")) == Doubles{48});
  CHECK(get(weights.state("online_norm_1.u")) == u);
  CHECK(get(weights.state("online_norm_1.v")) == v);
}

TEST_CASE("online_norm: evaluation is a fixed map by the state") {
  const OnlineNorm layer({.epsilon = 0.5});
  LayerBench bench(layer, {Shape{2, 1, 2}}, {.mode = Mode::evaluate, .batch = 2});
  set(bench.state(0), {1, 0});
  bench.state(0)[1] = 1e7;
  set(bench.state(1), {3.5, 15.5});
  set(bench.x(), {1, 3, 1e7 + 8, 1e7, -1, 0, 1e7, 1e7 - 4});
  set(bench.dy(), {2, 2, 4, 4, 2, 0, 0, 0});
  bench.forward();
  bench.backward();
  CHECK(get(bench.y()) == Doubles{0, 1, 2, 0, -1, -0.5, 0, -1});
  CHECK(get(bench.dx()) == Doubles{1, 1, 1, 1, 1, 0, 0, 0});
}

TEST_CASE("online_norm says what it has") {
  const std::vector<Shape> in = {Shape{3, 4, 5}};
  const LayerSpec spec = OnlineNorm().plan({.in = in, .batch = 4, .mode = Mode::train});
  const char* const names[] = {"mean", "var", "u", "v", "count"};
  REQUIRE(spec.state.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(spec.state[i].name == names[i]);
    CHECK(spec.state[i].initial == (i == 1 ? 1 : 0));
    CHECK(spec.state[i].sizes == std::vector<int>{i == 4 ? 1 : 3});
  }
  CHECK(spec.params.empty());
  CHECK(spec.min_batch == 1);
  CHECK(spec.gradient == GradientKind::controller);
  CHECK(OnlineNorm().plan({.in = in, .mode = Mode::evaluate}).gradient == GradientKind::exact);
  CHECK(OnlineNorm({.per = Per::element}).plan({.in = in}).state[0].sizes == std::vector<int>{60});
  CHECK(OnlineNorm({.per = Per::pooled}).plan({.in = in}).state[0].sizes == std::vector<int>{1});
  CHECK(OnlineNorm().describe().str() ==
        "online_norm (alpha 0.999, alpha_backward 0.99, epsilon 1e-5, start warm, per channel, input false, bounded true)");
  CHECK(OnlineNorm(fast(Start::cold)).describe().str() ==
        "online_norm (alpha 0.9, alpha_backward 0.8, epsilon 1e-5, start cold, per channel, input false, bounded true)");
}

TEST_CASE("online_norm errors") {
  const auto error = [](OnlineNormOptions options) { return error_of([=] { OnlineNorm{options}; }); };
  CHECK(error({.alpha = -0.1}) == "online_norm: alpha = -0.1, which must be at least 0 and at most 1; try 0.999");
  CHECK(error({.alpha = std::nan("")}) == "online_norm: alpha = nan, which must be at least 0 and at most 1; try 0.999");
  CHECK(error({.alpha_backward = 1.5}) == "online_norm: alpha_backward = 1.5, which must be at least 0 and at most 1; try 0.99");
  CHECK(error({.alpha = 0, .alpha_backward = 1}) == "no error");
  const std::string remedy = ", which must be at least 0 and below 1e30; try 1e-5, or OnlineNorm(for_input)";
  CHECK(error({.epsilon = -1}) == "online_norm: epsilon = -1" + remedy);
  CHECK(error({.epsilon = HUGE_VAL}) == "online_norm: epsilon = inf" + remedy);
  CHECK(error({.epsilon = std::nan("")}) == "online_norm: epsilon = nan" + remedy);
  CHECK(error({.epsilon = 0}) == "no error");
  CHECK(plan_error(OnlineNorm(), {}) == "needs one input, got 0; try joining them first, by Add() or Concat()");
  CHECK(plan_error(OnlineNorm(), {Shape{3}, Shape{3}}) == "needs one input, got 2; try joining them first, by Add() or Concat()");
}

}  // namespace cambium
