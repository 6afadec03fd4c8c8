// In the backward pass of batch renorm some of what came from the batch is held, so it is compared with a twin that holds the same.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/batch_renorm.h"
#include "tests/layers/twin_run.h"
#include "tests/support/check_layer.h"

namespace cambium {

namespace {

constexpr bool in_double = sizeof(real) == 8;

BatchRenormOptions bounded(double r_max, double d_max, double alpha = 0.1) {
  return {.alpha = alpha, .r_max = r_max, .d_max = d_max};
}

// One channel, as the rule is written down.
struct Twin {
  BatchRenormOptions options;
  double mu = 0, sigma = 1, steps = 0, mean = 0, s = 0, r = 1, d = 0;
  Doubles x{}, y{}, dx{};

  void take(const Doubles& values, bool) {
    x = values;
    statistics(x, mean, s);
    const double r_max = options.r_max.at(steps), d_max = options.d_max.at(steps);
    r = std::min(std::max(s / sigma, 1 / r_max), r_max);
    d = std::min(std::max((mean - mu) / sigma, -d_max), d_max);
    y = with_corrections(x);
    mu += options.alpha * (mean - mu);
    sigma += options.alpha * (s - sigma);
    steps += 1;
  }
  void statistics(const Doubles& from, double& m, double& deviation) const {
    m = 0, deviation = 0;
    for (const double value : from) m += value / static_cast<double>(from.size());
    for (const double value : from) deviation += (value - m) * (value - m) / static_cast<double>(from.size());
    deviation = std::sqrt(deviation + options.epsilon);
  }
  // y of other values, with the r and d of the last ones.
  Doubles with_corrections(const Doubles& from) const {
    double m, deviation;
    statistics(from, m, deviation);
    Doubles result;
    for (const double value : from) result.push_back((value - m) / deviation * r + d);
    return result;
  }
  void take_back(const Doubles& g) {
    double g_mean = 0, gz_mean = 0;
    const double n = static_cast<double>(x.size());
    for (std::size_t i = 0; i < g.size(); ++i) g_mean += g[i] / n, gz_mean += g[i] * (x[i] - mean) / s / n;
    dx.clear();
    for (std::size_t i = 0; i < g.size(); ++i) dx.push_back(r * (g[i] - g_mean - (x[i] - mean) / s * gz_mean) / s);
  }
  Doubles state() const { return {mu, sigma, steps}; }
};

const std::vector<std::string> states = {"mu", "sigma", "steps"};

}  // namespace

TEST_CASE("batch_renorm keeps the layer contract") {
  const std::vector<Inputs> cases = {Shape{7}, Shape{1}, Shape{67}, Shape{3, 5, 7}, Shape{2, 3, 3}, Shape{1, 1, 13}};
  check_layer(BatchRenorm(), cases, linear());
  check_layer(BatchRenorm(bounded(3, 5)), cases, linear());
  check_layer(BatchRenorm(bounded(1.25, 0.125, 0.5)), cases, linear());
  check_layer(BatchRenorm({.r_max = 2, .d_max = 1, .per = Per::element}), {Shape{7}, Shape{3, 5, 7}, Shape{2, 1, 1}}, linear());
  check_layer(BatchRenorm({.r_max = 2, .d_max = 1, .per = Per::pooled}), {Shape{7}, Shape{3, 5, 7}}, linear());
}

TEST_CASE("batch_renorm: a case worked by hand") {
  // mean 4 and s 2 by (2, 6) and epsilon 0 as good as; then r = 2 / 1 is bounded to 1.5, and d = 4 / 1 to 1.
  const BatchRenorm layer({.alpha = 0.25, .epsilon = 1e-30, .r_max = 1.5, .d_max = 1});
  LayerBench bench(layer, {Shape{1}}, {.batch = 2});
  set(bench.x(), {2, 6});
  set(bench.dy(), {1, 0});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{-0.5, 2.5});
  bench.backward();  // z = (-1, 1), mean dy 1/2, mean dy z -1/2
  CHECK(get(bench.dx()) == Doubles{0, 0});
  bench.commit();
  CHECK(get(bench.state(0)) == Doubles{1});
  CHECK(get(bench.state(1)) == Doubles{1.25});
  CHECK(get(bench.state(2)) == Doubles{1});
  // Of four values, with the state as it is: mean 0, s 2; r = 2 / 1.25 is bounded, d = -1 / 1.25 is not.
  LayerBench wide(layer, {Shape{1}}, {.batch = 4});
  set(wide.state(0), {1}), set(wide.state(1), {1.25});
  set(wide.x(), {-2, -2, 2, 2});
  set(wide.dy(), {1, 0, 0, 0});
  wide.forward();
  wide.backward();
  const Doubles y = {-2.3, -2.3, 0.7, 0.7}, dx = {0.375, -0.375, 0, 0};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(static_cast<double>(wide.y().data[i]) == doctest::Approx(y[i]).epsilon(1e-6));
    CHECK(static_cast<double>(wide.dx().data[i]) == doctest::Approx(dx[i]).epsilon(1e-6));
  }
}

TEST_CASE("batch_renorm is its naive twin over batches of 1 to 9, flat and of images") {
  const Ramp r_max = {{10, 1}, {40, 3}}, d_max = {{10, 0}, {30, 5}};
  for (const Shape& shape : {Shape{3}, Shape{2, 3, 3}})
    for (const BatchRenormOptions& options : {bounded(3, 5), bounded(1.5, 0.25), bounded(100, 100), bounded(1, 1, 0.5),
                                              BatchRenormOptions{.alpha = 0.05, .r_max = r_max, .d_max = d_max}}) {
      const double worst =
          worst_beside_twins(BatchRenorm(options), Twin{options}, {shape, mixed_batches(60), {}, 0.5, 1.5, states});
      CAPTURE(shape.str());
      CAPTURE(options.r_max.str());
      CHECK(worst < (in_double ? 1e-11 : 1e-4));  // with one value, s is the root of epsilon
      CHECK(worst_beside_twins(BatchRenorm(options), Twin{options}, {shape, mixed_batches(60, 4), {}, 0.5, 1.5, states}) <
            (in_double ? 1e-13 : 2e-5));
    }
}

TEST_CASE("batch_renorm: dx is the derivative with r and d held, and the whole derivative where both bounds are reached") {
  const double step = 1e-5;
  double worst = 0, worst_clipped = 0;
  for (const auto& [r_max, d_max] : {std::pair(3.0, 5.0), std::pair(1.01, 0.01)}) {
    const bool clipped = d_max < 1;
    const BatchRenorm layer(bounded(r_max, d_max));
    for (const int batch : {2, 3, 7}) {
      LayerBench bench(layer, {Shape{1, 2, 3}}, {.batch = batch, .watch = false});
      Doubles x;
      for (std::uint64_t i = 0; i < bench.x().size(); ++i) x.push_back(1.5 + 2 * Random(6).normal(i));
      set(bench.x(), x);
      x = get(bench.x());
      bench.forward();
      bench.backward();
      const Doubles dy = get(bench.dy()), dx = get(bench.dx());
      Twin twin{bounded(r_max, d_max)};
      twin.take(x, true);
      if (clipped) REQUIRE((std::fabs(std::log(twin.r)) == doctest::Approx(std::log(1.01)) && std::fabs(twin.d) == 0.01));
      for (std::size_t i = 0; i < x.size(); ++i) {
        double slope = 0, whole = 0;
        for (const double sign : {1.0, -1.0}) {
          Doubles moved = x;
          moved[i] += sign * step;
          const Doubles y = twin.with_corrections(moved);
          set(bench.x(), moved);
          bench.forward();
          for (std::size_t j = 0; j < y.size(); ++j) {
            slope += sign * dy[j] * y[j] / (2 * step);
            whole += sign * dy[j] * static_cast<double>(bench.y().data[j]) / (2 * step);
          }
        }
        worst = std::max(worst, std::fabs(dx[i] - slope));
        if (clipped) worst_clipped = std::max(worst_clipped, std::fabs(dx[i] - whole));
      }
    }
  }
  CHECK(worst < (in_double ? 1e-8 : 1e-5));
  if (in_double) CHECK(worst_clipped < 1e-8);
}

TEST_CASE("batch_renorm with r_max 1 and d_max 0 is batch norm, bit for bit") {
  const auto run = [](const Item& norm, const Shape& shape, double offset, bool fused) {
    const Sequential net(shape, norm, Affine(), Relu());
    Weights weights(net);
    set(weights.value("affine_1.gamma"), Doubles(static_cast<std::size_t>(shape.channels()), -0.75));
    set(weights.value("affine_1.beta"), Doubles(static_cast<std::size_t>(shape.channels()), 0.25));
    Plan plan(net, weights, {.batch = 9, .mode = Mode::train, .threads = 2, .input_gradient = true, .fuse = fused});
    std::vector<real> bits;
    for (const int batch : mixed_batches(20, 2)) {
      std::vector<real> x(static_cast<std::size_t>(batch * shape.size()));
      for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<real>(i % 5 == 3 ? offset : offset + Random(31).of(bits.size()).normal(i));
      const ConstView y = plan.forward({x.data(), shape, batch});
      bits.insert(bits.end(), y.begin(), y.end());
      for (std::size_t i = 0; i < x.size(); ++i) plan.output_gradient().data[i] = static_cast<real>(Random(32).normal(i));
      plan.backward();
      bits.insert(bits.end(), plan.input_gradient().begin(), plan.input_gradient().end());
    }
    return bits;
  };
  for (const Shape& shape : {Shape{5}, Shape{3, 5, 7}, Shape{5, 1, 1}})
    for (const double offset : {0.0, -3.0, 1e6})
      for (const bool fused : {true, false}) {
        const std::vector<real> ours = run(BatchRenorm(bounded(1, 0)), shape, offset, fused);
        const std::vector<real> norm = run(BatchNorm(), shape, offset, fused);
        REQUIRE(ours.size() == norm.size());
        CHECK(std::memcmp(ours.data(), norm.data(), ours.size() * sizeof(real)) == 0);
        CHECK(run(BatchRenorm(), shape, offset, fused) == norm);  // as the paper starts, for 5,000 steps
      }
}

TEST_CASE("batch_renorm: with open bounds, training gives what evaluation would have given") {
  for (const Shape& shape : {Shape{3}, Shape{2, 3, 3}}) {
    const Sequential net(shape, Named("norm", BatchRenorm(bounded(1e6, 1e6))));
    Weights weights(net);
    Plan train(net, weights, {.batch = 5, .mode = Mode::train, .input_gradient = true}), evaluate(net, weights, {.batch = 5});
    for (std::uint64_t step = 0; step < 20; ++step) {
      std::vector<real> x(static_cast<std::size_t>(5 * shape.size()));
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<real>(3 + 2 * Random(7).of(step).normal(i));
      const Doubles expected = get(evaluate.forward({x.data(), shape, 5}));
      const Doubles y = get(train.forward({x.data(), shape, 5}));
      for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == doctest::Approx(expected[i]).epsilon(in_double ? 1e-12 : 2e-5));
      std::fill_n(train.output_gradient().data, x.size(), real(0));
      train.backward();
    }
    CHECK(weights.state("norm.mu")[0] > 1);
  }
}

TEST_CASE("batch_renorm: one value, and a constant, give d, and a finite gradient; a flat batch of one passes none") {
  const BatchRenorm layer(bounded(3, 1.7));
  for (const double value : {0.0, 0.5, -7.0, 200.7, 1e7 + 3}) {
    LayerBench one(layer, {Shape{1}}, {.batch = 1}), constant(layer, {Shape{1, 2, 2}}, {.batch = 3});
    set(one.x(), {value});
    std::fill(constant.x().begin(), constant.x().end(), static_cast<real>(value));
    for (LayerBench* bench : {&one, &constant}) {
      bench->forward();
      bench->backward();
      const double d = std::min(std::max(static_cast<double>(static_cast<real>(value)), -1.7), 1.7);
      for (const real y : bench->y()) CHECK(static_cast<double>(y) == doctest::Approx(d).epsilon(1e-6));
      for (const real dx : bench->dx()) CHECK(std::isfinite(dx));
    }
    CHECK(one.dx().data[0] == 0);
  }
}

TEST_CASE("batch_renorm: a large offset costs no digits") {
  for (const double offset : {0.0, 1e3, 1e7}) {
    const BatchRenorm layer(bounded(2, 0.25));
    LayerBench bench(layer, {Shape{1, 2, 3}}, {.batch = 50, .slices = 4, .watch = false});
    Doubles x;
    for (std::uint64_t i = 0; i < 300; ++i) x.push_back(offset + std::round(20 * Random(4).normal(i)));
    set(bench.x(), x);
    bench.state(0)[0] = offset, bench.state(1)[0] = 20;
    bench.forward();
    Twin twin{bounded(2, 0.25)};
    twin.mu = offset, twin.sigma = 20;
    twin.take(x, true);
    for (std::size_t i = 0; i < x.size(); ++i)
      CHECK(std::fabs(static_cast<double>(bench.y().data[i]) - twin.y[i]) < (in_double ? 1e-9 : 1e-6));
  }
}

TEST_CASE("batch_renorm: what moves in which mode") {
  const Sequential net(Shape{2}, Named("norm", BatchRenorm({.alpha = 0.25, .epsilon = 1e-30, .r_max = 2, .d_max = 1})));
  Weights weights(net);
  const auto state = [&] { return Doubles(weights.state_block().begin(), weights.state_block().end()); };
  const auto of = [&](const char* name) { return get(weights.state(std::string("norm.") + name)); };
  const Doubles fresh = state();
  const std::vector<real> x = {0, 2, 4, 6};  // mean 2 and 4, s 2
  const ConstView view{x.data(), Shape{2}, 2};
  Plan evaluate(net, weights, {.batch = 2}), train(net, weights, {.batch = 2, .mode = Mode::train, .input_gradient = true});
  CHECK(get(evaluate.forward(view)) == Doubles{0, 2, 4, 6});
  CHECK(state() == fresh);
  train.forward(view);
  CHECK(state() == fresh);
  std::fill_n(train.output_gradient().data, 4, std::numeric_limits<real>::quiet_NaN());
  train.backward();
  CHECK(state() == fresh);
  train.forward(view);
  std::fill_n(train.output_gradient().data, 4, real(1));
  train.backward();
  CHECK(of("mu") == Doubles{0.5, 1});
  CHECK(of("sigma") == Doubles{1.25, 1.25});
  CHECK(of("steps") == Doubles{1});
  const Doubles trained = state(), y = get(evaluate.forward(view));
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(y[i] == doctest::Approx((static_cast<double>(x[i]) - (i % 2 ? 1 : 0.5)) / 1.25).epsilon(1e-6));
  CHECK(state() == trained);

  Plan adapt(net, weights, {.batch = 2, .mode = Mode::adapt});
  const Doubles adapted = get(adapt.forward(view));
  const double sigma = std::sqrt(0.75 * 1.25 * 1.25 + 0.25 * 4 + 0.1875 * 1.5 * 1.5);
  CHECK(of("mu") == Doubles{0.875, 1.75});
  CHECK(of("sigma")[0] == doctest::Approx(sigma).epsilon(1e-14));
  CHECK(of("steps") == Doubles{1});
  CHECK(adapted[2] == doctest::Approx((4 - 0.875) / sigma).epsilon(1e-6));

  // One sample at a time, the level and the width of a slow stream are followed.
  for (int step = 0; step < 100; ++step) {
    const std::vector<real> one = {static_cast<real>(step % 2 ? 1001 : 999), 5};
    adapt.forward({one.data(), Shape{2}, 1});
  }
  CHECK(std::fabs(of("mu")[0] - 1000) < 0.5);
  CHECK(std::fabs(of("sigma")[0] - 1) < 0.2);
}

TEST_CASE("batch_renorm says what it has") {
  const std::vector<Shape> in = {Shape{3, 4, 5}};
  const LayerSpec spec = BatchRenorm().plan({.in = in, .batch = 4, .mode = Mode::train});
  REQUIRE(spec.state.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(spec.state[i].name == states[i]);
    CHECK(spec.state[i].initial == (i == 1 ? 1 : 0));
    CHECK(spec.state[i].sizes == std::vector<int>{i == 2 ? 1 : 3});
  }
  CHECK(spec.min_batch == 1);
  CHECK(spec.gradient == GradientKind::partly_held);
  CHECK(BatchRenorm().plan({.in = in}).gradient == GradientKind::exact);
  CHECK(BatchRenorm().describe().str() ==
        "batch_renorm (alpha 0.01, epsilon 1e-5, r_max [5000: 1, 40000: 3], d_max [5000: 0, 25000: 5], per channel)");
  CHECK(BatchRenorm({.r_max = 3, .d_max = 5}).describe().str() ==
        "batch_renorm (alpha 0.01, epsilon 1e-5, r_max 3, d_max 5, per channel)");
}

TEST_CASE("batch_renorm errors") {
  const auto error = [](const BatchRenormOptions& options) { return error_of([&] { BatchRenorm{options}; }); };
  CHECK(error({.alpha = 0}) == "batch_renorm: alpha = 0, which must be above 0 and at most 1; try 0.01");
  CHECK(error({.alpha = 1.5}) == "batch_renorm: alpha = 1.5, which must be above 0 and at most 1; try 0.01");
  CHECK(error({.alpha = std::nan("")}) == "batch_renorm: alpha = nan, which must be above 0 and at most 1; try 0.01");
  CHECK(error({.alpha = 1}) == "no error");
  CHECK(error({.epsilon = 0}) == "batch_renorm: epsilon = 0, which must be at least 1e-30 and below 1e30; try 1e-5");
  CHECK(error({.epsilon = HUGE_VAL}) == "batch_renorm: epsilon = inf, which must be at least 1e-30 and below 1e30; try 1e-5");
  CHECK(error({.epsilon = std::nan("")}) == "batch_renorm: epsilon = nan, which must be at least 1e-30 and below 1e30; try 1e-5");
  CHECK(error({.r_max = 0.5}) == "batch_renorm: r_max = 0.5, which must nowhere be below 1; try 1, or {{5000, 1}, {40000, 3}}");
  CHECK(error({.r_max = {{0, 2}, {9, 0.5}}}) ==
        "batch_renorm: r_max = [0: 2, 9: 0.5], which must nowhere be below 1; try 1, or {{5000, 1}, {40000, 3}}");
  CHECK(error({.d_max = -1}) == "batch_renorm: d_max = -1, which must nowhere be below 0; try 0, or {{5000, 0}, {25000, 5}}");
  CHECK(plan_error(BatchRenorm(), {}) == "needs one input, got 0; try joining them first, by Add() or Concat()");
}

}  // namespace cambium
