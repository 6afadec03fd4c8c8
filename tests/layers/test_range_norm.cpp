#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cambium/framework/planning/plan.h"
#include "cambium/layers/normalization/range_norm.h"
#include "tests/layers/grouped_norm_checks.h"
#include "tests/support/check_layer.h"

namespace cambium {

namespace {

// The layer fed with a stream, batch after batch; keeps all that comes out, and what the state is in the end.
struct RangeStream {
  Doubles y, dx, min, max;
  double count = 0;

  RangeStream(const RangeNorm& layer, const Shape& shape, const Doubles& x, const std::vector<int>& batches,
              Mode mode = Mode::train) {
    const auto size = static_cast<std::size_t>(shape.size());
    const int largest = *std::max_element(batches.begin(), batches.end());
    std::vector<Doubles> state;
    auto at = x.begin();
    for (const int batch : batches) {
      LayerBench bench(layer, {shape}, {.mode = mode, .batch = batch, .planned = largest, .slices = 3, .threads = 2});
      for (std::size_t i = 0; i < state.size(); ++i) set(bench.state(static_cast<int>(i)), state[i]);
      const auto end = at + static_cast<std::ptrdiff_t>(size * static_cast<std::size_t>(batch));
      set(bench.x(), {at, end});
      at = end;
      bench.forward();
      append(y, get(bench.y()));
      if (mode != Mode::adapt) bench.backward(), append(dx, get(bench.dx()));
      bench.commit();
      CHECK(bench.faults().empty());
      state = {get(bench.state(0)), get(bench.state(1)), get(bench.state(2))};
    }
    min = state[0], max = state[1], count = state[2][0];
  }

 private:
  static void append(Doubles& to, const Doubles& more) { to.insert(to.end(), more.begin(), more.end()); }
};

Doubles drawn(std::size_t n) {
  Doubles x;
  for (std::uint64_t i = 0; i < n; ++i) x.push_back(std::round(64 * Random(6).normal(i)) / 64);
  return x;
}

}  // namespace

TEST_CASE("range_norm keeps the layer contract") {
  const std::vector<Inputs> cases = {Shape{7}, Shape{2}, Shape{67}, Shape{3, 5, 7}, Shape{2, 1, 3}, Shape{2, 3, 3, 2}};
  check_layer(RangeNorm(), cases, linear());
  check_layer(RangeNorm({.samples = 0}), cases, linear());
  check_layer(RangeNorm({.samples = 3}), cases, linear());
  check_layer(RangeNorm({.per = Per::channel}), cases, linear());
  check_layer(RangeNorm({.samples = 11, .per = Per::element}), cases, linear());
}

TEST_CASE("range_norm: a case worked by hand") {
  const RangeNorm layer;
  LayerBench bench(layer, {Shape{2}}, {.batch = 2});
  set(bench.x(), {1, 5, 2, 3});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{-0.5, 0.5, -0.25, 0});
  set(bench.dy(), {4, 0, -2, 1});
  bench.backward();
  CHECK(get(bench.dx()) == Doubles{1, 0, -0.5, 0.25});
  CHECK(get(bench.next(0)) == Doubles{1});
  CHECK(get(bench.next(1)) == Doubles{5});
  CHECK(get(bench.next(2)) == Doubles{2});
}

TEST_CASE("range_norm: per channel and per element, each has its own range") {
  const Doubles x = {0, 1, 10, 14, 4, 3, 12, 10};
  const RangeStream channel(RangeNorm({.per = Per::channel}), Shape{2, 1, 2}, x, {2});
  CHECK(channel.min == Doubles{0, 10});
  CHECK(channel.max == Doubles{4, 14});
  CHECK(channel.y == Doubles{-0.5, -0.25, -0.5, 0.5, 0.5, 0.25, 0, -0.5});
  const RangeStream element(RangeNorm({.per = Per::element}), Shape{2, 1, 2}, x, {2});
  CHECK(element.min == Doubles{0, 1, 10, 10});
  CHECK(element.max == Doubles{4, 3, 12, 14});
  CHECK(element.y == Doubles{-0.5, -0.5, -0.5, 0.5, 0.5, 0.5, 0.5, -0.5});
}

TEST_CASE("range_norm: after the limit the range stays, also in the middle of a batch, and nothing is clipped") {
  const Doubles x = {0, 4, 2, 100, -100, 6};
  for (const std::vector<int>& batches : {std::vector{6}, {1, 1, 1, 1, 1, 1}, {2, 4}, {3, 3}, {5, 1}})
    for (const Mode mode : {Mode::train, Mode::adapt}) {
      const RangeStream stream(RangeNorm({.samples = 3}), Shape{1}, x, batches, mode);
      CHECK(stream.min == Doubles{0});
      CHECK(stream.max == Doubles{4});
      CHECK(stream.count == 3);
      CHECK(Doubles(stream.y.begin() + 3, stream.y.end()) == Doubles{24.5, -25.5, 1});
    }
  const RangeStream all(RangeNorm({.samples = 0}), Shape{1}, x, {2, 4});
  CHECK(all.min == Doubles{-100});
  CHECK(all.max == Doubles{100});
  CHECK(all.count == 6);
  CHECK(Doubles(all.y.begin(), all.y.begin() + 2) == Doubles{-0.5, 0.5});
}

TEST_CASE("range_norm: a stream leaves the same state however it is cut, as a naive twin says") {
  const Doubles x = drawn(23 * 12);
  for (const int samples : {0, 1, 5, 20, 100})
    for (const Per per : {Per::pooled, Per::channel, Per::element})
      for (const std::vector<int>& batches : {std::vector{23}, std::vector(23, 1), {7, 7, 7, 2}, {1, 22}})
        for (const Mode mode : {Mode::train, Mode::adapt}) {
          const RangeStream stream(RangeNorm({.samples = samples, .per = per}), Shape{3, 2, 2}, x, batches, mode);
          const std::size_t groups = stream.min.size(), n = 12 / groups;
          const std::size_t seen = samples == 0 ? 23 : std::min<std::size_t>(23, static_cast<std::size_t>(samples));
          Doubles min(groups, HUGE_VAL), max(groups, -HUGE_VAL);
          for (std::size_t i = 0; i < seen * 12; ++i) {
            double &low = min[i % 12 / n], &high = max[i % 12 / n];
            low = std::min(low, x[i]), high = std::max(high, x[i]);
          }
          CHECK(stream.min == min);
          CHECK(stream.max == max);
          CHECK(stream.count == static_cast<double>(seen));
        }
}

TEST_CASE("range_norm: y and dx as a naive twin says, in every mode") {
  const Doubles x = drawn(5 * 12);
  for (const Mode mode : {Mode::train, Mode::evaluate, Mode::adapt}) {
    const RangeNorm layer({.per = Per::channel});
    LayerBench bench(layer, {Shape{3, 2, 2}}, {.mode = mode, .batch = 5, .slices = 2});
    const Doubles min = {-7, -8, -9}, max = {8, 7, 6};  // wider than x
    set(bench.state(0), min), set(bench.state(1), max), set(bench.state(2), {60});
    set(bench.x(), x);
    bench.forward();
    if (mode != Mode::adapt) bench.backward();
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t c = i / 4 % 3;
      worst = std::max(worst, std::fabs(static_cast<double>(bench.y().data[i]) - ((x[i] - min[c]) / (max[c] - min[c]) - 0.5)));
      if (mode == Mode::adapt) continue;
      const double dx = static_cast<double>(bench.dy().data[i]) / (max[c] - min[c]);
      worst = std::max(worst, std::fabs(static_cast<double>(bench.dx().data[i]) - dx));
    }
    CHECK(worst < few_bits());
  }
}

TEST_CASE("range_norm: evaluation moves nothing, and before the first sample it is the identity") {
  const Sequential net(Shape{3}, RangeNorm());
  Weights weights(net);
  const std::vector<real> x = {1, 2, 5, -3, 4, static_cast<real>(0.7)};
  const ConstView view{x.data(), Shape{3}, 2};
  const auto state = [&] {
    Doubles all;
    for (const char* name : {"min", "max", "count"}) all.push_back(weights.state(std::string("range_norm_1.") + name)[0]);
    return all;
  };
  Plan evaluate(net, weights, {.batch = 2, .mode = Mode::evaluate});
  CHECK(get(evaluate.forward(view)) == Doubles(x.begin(), x.end()));
  CHECK(state() == Doubles{0, 0, 0});
  Plan adapt(net, weights, {.batch = 2, .mode = Mode::adapt});
  CHECK(get(adapt.forward(view))[2] == 0.5);
  CHECK(state() == Doubles{-3, 5, 2});
  CHECK(get(evaluate.forward(view))[3] == -0.5);
  CHECK(state() == Doubles{-3, 5, 2});
}

TEST_CASE("range_norm: an infinity or a NaN does not spoil the range for ever") {
  const Sequential net(Shape{3}, RangeNorm());
  Weights weights(net);
  for (const real bad : {std::numeric_limits<real>::infinity(), std::numeric_limits<real>::quiet_NaN()}) {
    Plan adapt(net, weights, {.batch = 1, .mode = Mode::adapt});
    const std::vector<real> x = {1, bad, 2}, nothing = {bad, bad, bad};
    adapt.forward({nothing.data(), Shape{3}, 1});
    CHECK(std::isfinite(weights.state("range_norm_1.max")[0]));
    adapt.forward({x.data(), Shape{3}, 1});
    CHECK(std::isfinite(weights.state("range_norm_1.max")[0]));
  }
}

TEST_CASE("range_norm: a constant gives exactly 0, with a gradient of 0") {
  for (const double constant : awkward_constants())
    for (const Shape& shape : {Shape{3}, Shape{2, 3, 3}}) {
      const Doubles x(5 * static_cast<std::size_t>(shape.size()), constant);
      const RangeStream stream(RangeNorm(), shape, x, {2, 2, 1});
      CAPTURE(constant);
      CHECK(stream.y == Doubles(x.size(), 0.0));
      CHECK(stream.dx == Doubles(x.size(), 0.0));
    }
}

TEST_CASE("range_norm: a large offset costs no digits") {
  const Doubles whole = {-20, 3, 0, 17, 12, -5, 40, 1};
  for (const double offset : {0.0, 1e3, 1e6, 1e7}) {
    Doubles x, expected;
    for (const double value : whole) x.push_back(offset + value), expected.push_back((value + 20) / 60 - 0.5);
    const RangeStream stream(RangeNorm(), Shape{4}, x, {2});
    CHECK(worst_apart(stream.y, expected) < few_bits());
  }
  const RangeStream tiny(RangeNorm(), Shape{2}, {1e-25, 3e-25}, {1});
  CHECK(tiny.y[0] == doctest::Approx(-0.5));
  CHECK(tiny.y[1] == doctest::Approx(0.5));
}

TEST_CASE("range_norm says what it has") {
  const std::vector<Shape> in = {Shape{3, 4, 5}};
  const LayerSpec spec = RangeNorm().plan({.in = in, .batch = 4, .mode = Mode::train});
  REQUIRE(spec.state.size() == 3);
  CHECK(spec.state[0].name == "min");
  CHECK(spec.state[1].name == "max");
  CHECK(spec.state[2].name == "count");
  CHECK(spec.state[0].sizes == std::vector<int>{1});
  CHECK(spec.gradient == GradientKind::held);
  CHECK(RangeNorm({.per = Per::channel}).plan({.in = in}).state[1].sizes == std::vector<int>{3});
  CHECK(RangeNorm({.per = Per::element}).plan({.in = in}).state[1].sizes == std::vector<int>{60});
  CHECK(RangeNorm({.per = Per::element}).plan({.in = in}).state[2].sizes == std::vector<int>{1});
  CHECK(RangeNorm().describe().str() == "range_norm (samples 100, per pooled)");
}

TEST_CASE("range_norm errors") {
  CHECK(error_of([] { RangeNorm({.samples = -1}); }) ==
        "range_norm: samples = -1, which must be at least 0; try 100, or 0 for a range that goes on widening");
  CHECK(plan_error(RangeNorm(), {Shape{3}, Shape{3}}) == "needs one input, got 2; try joining them first, by Add() or Concat()");
}

}  // namespace cambium
