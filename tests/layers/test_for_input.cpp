// The preset for a layer right after the input: free of scale and offset in every mode, and bounded where hardly anything varies.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/planning/plan.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "tests/layers/by_hand.h"

namespace cambium {
namespace {

constexpr bool in_double = sizeof(real) == 8;

struct Scales {
  double factor, shift;
};
const Scales scales[] = {{1, 0}, {1 / 256.0, 0}, {256, 0}, {65536, 0}, {2, -1}, {1, 1000}};  // exact in single precision

double apart(const Doubles& a, const Doubles& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::fabs(a[i] - b[i]));
  return worst;
}

double largest(const Doubles& a) { return apart(a, Doubles(a.size())); }

// A plan on one norm, fed with steps of 1/256, so that all scales are exact.
Doubles feed(const Item& norm, const Shape& shape, const Doubles& x, const Scales& scale, Mode mode, int batch, int evaluate) {
  const Sequential net(shape, norm);
  Weights weights(net);
  Plan plan(net, weights, {.batch = batch, .mode = mode, .input_gradient = mode == Mode::train});
  const auto size = static_cast<std::size_t>(batch) * static_cast<std::size_t>(shape.size());
  std::vector<real> now(size);
  Doubles all;
  for (std::size_t at = 0; at + size <= x.size(); at += size) {
    for (std::size_t i = 0; i < size; ++i) now[i] = static_cast<real>(scale.factor * x[at + i] + scale.shift);
    const ConstView y = plan.forward({now.data(), shape, batch});
    all.insert(all.end(), y.begin(), y.end());
    if (mode != Mode::train) continue;
    std::fill_n(plan.output_gradient().data, size, real(0));
    weights.mark_gradients_used();
    plan.backward();
  }
  if (evaluate == 0) return all;
  Plan still(net, weights, {.batch = batch});
  const ConstView y = still.forward({now.data(), shape, batch});  // the last batch once more
  return {y.begin(), y.end()};
}

Doubles steps_of_256(std::size_t n) {
  Doubles x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = std::round(256 * Random(8).uniform(i)) / 256;
  return x;
}

}  // namespace

TEST_CASE("for_input: free of scale and offset in every mode, from the first batches on") {
  const Doubles x = steps_of_256(16 * 6 * 3);
  for (const Item& norm : {Item(BatchNorm(for_input)), Item(OnlineNorm(for_input))})
    for (const Mode mode : {Mode::train, Mode::adapt})
      for (const int evaluate : {0, 1}) {
        const Doubles expected = feed(norm, Shape{6}, x, scales[0], mode, 16, evaluate);
        CHECK(largest(expected) > 1);
        for (const Scales& scale : scales) {
          CAPTURE(scale.factor);
          CAPTURE(scale.shift);
          CHECK(apart(feed(norm, Shape{6}, x, scale, mode, 16, evaluate), expected) < (in_double ? 1e-11 : 1e-5));
        }
      }
}

TEST_CASE("for_input: BatchNorm's running statistics are the plain mean of all batches until they reach their momentum") {
  const Doubles x = steps_of_256(4 * 3);
  Doubles means, vars;
  for (std::size_t at = 0; at < 12; at += 4) {
    double mean = 0, var = 0;
    for (std::size_t i = at; i < at + 4; ++i) mean += x[i] / 4;
    for (std::size_t i = at; i < at + 4; ++i) var += (x[i] - mean) * (x[i] - mean) / 3;
    means.push_back(mean), vars.push_back(var);
  }
  const BatchNorm layer(for_input);
  LayerBench bench(layer, {Shape{1}}, {.batch = 4});
  for (std::size_t step = 0; step < 3; ++step) {
    set(bench.x(), Doubles(x.begin() + static_cast<long>(4 * step), x.begin() + static_cast<long>(4 * step + 4)));
    bench.forward();
    bench.commit();
  }
  CHECK(bench.state(0)[0] == doctest::Approx((means[0] + means[1] + means[2]) / 3).epsilon(1e-13));
  CHECK(bench.state(1)[0] == doctest::Approx((vars[0] + vars[1] + vars[2]) / 3).epsilon(1e-13));
  CHECK(bench.state(2)[0] == 3);
}

TEST_CASE("for_input: evaluate goes by the same rule: no epsilon, and a floor that is free of scale") {
  const auto y = [](const Layer& layer, double mean, double var, double x) {
    LayerBench bench(layer, {Shape{1}}, {.mode = Mode::evaluate, .batch = 1});
    bench.state(0)[0] = mean, bench.state(1)[0] = var;
    set(bench.x(), {x});
    bench.forward();
    return static_cast<double>(bench.y().data[0]);
  };
  const BatchNorm batch(for_input);
  const OnlineNorm online(for_input);
  for (const Layer* layer : {static_cast<const Layer*>(&batch), static_cast<const Layer*>(&online)}) {
    CHECK(y(*layer, 0, 1e-12, 1e-6) == doctest::Approx(1).epsilon(1e-5));
    CHECK(y(*layer, 1024, 1e-30, 1025) > 31);
    CHECK(y(*layer, 1024, 1e-30, 1024) == 0);
    CHECK(y(*layer, 1024, 0, 1025) == 0);  // it has never varied
    CHECK(y(*layer, 0, 0, 0) == 0);
  }
}

TEST_CASE("for_input: 784 single pixels, most of them constant for long, stay bounded and alike in every range") {
  constexpr int count = 3000;
  const DigitImages made = made_digits(Split::train, {.count = count, .threads = 1});
  Doubles x;
  for (const std::uint8_t pixel : made.images) x.push_back(pixel / 256.0);
  const Doubles expected = feed(OnlineNorm(for_input), Shape{784}, x, scales[0], Mode::adapt, 100, 0);
  CHECK(largest(expected) < 1 / std::sqrt(0.999 * 0.001) + 1e-4);
  for (const Scales& scale : scales)
    CHECK(apart(feed(OnlineNorm(for_input), Shape{784}, x, scale, Mode::adapt, 100, 0), expected) < (in_double ? 1e-6 : 1e-2));
}

// ------------------------------------------------------------------------------------ what was constant, and then moves

namespace {

const double constants[] = {0, 7, 42, 1e6 + 0.3};
std::vector<real> moved(double constant) {
  const real from = static_cast<real>(constant);
  return {std::nextafter(from, real(1e30)),  static_cast<real>(constant + 1e-5), static_cast<real>(constant + 1),
          static_cast<real>(constant + 1e6), static_cast<real>(constant - 1e6),  static_cast<real>(1e30)};
}

// The largest |y| of a constant that has been seen in this mode for long, and then moves in one value, in half of a sample, and in
// a whole one.
double furthest(const Item& norm, const Shape& shape, real from, real to, Mode mode, Mode then) {
  constexpr int batch = 50;
  const Sequential net(shape, norm);
  Weights weights(net);
  const auto size = static_cast<std::size_t>(shape.size());
  std::vector<real> x(batch * size, from);
  const auto planned = [&](Mode how) {
    return Plan(net, weights, {.batch = batch, .mode = how, .input_gradient = how == Mode::train});
  };
  const auto pass = [&](Plan& plan) {
    const ConstView y = plan.forward({x.data(), shape, batch});
    double largest = 0;
    for (const real value : y) largest = std::isnan(value) ? HUGE_VAL : std::max(largest, std::fabs(static_cast<double>(value)));
    if (plan.mode() != Mode::train) return largest;
    std::fill_n(plan.output_gradient().data, x.size(), real(1));
    plan.backward();
    const ConstView dx = plan.input_gradient();
    CHECK(std::all_of(dx.begin(), dx.end(), [](real value) { return std::isfinite(value); }));
    return largest;
  };
  Plan before = planned(mode), after = planned(then);
  for (int i = 0; i < 22; ++i) CHECK(pass(before) == 0);  // beyond online norm's warm start
  double largest = 0;
  for (const std::size_t values : {std::size_t{1}, (size + 1) / 2, size, 20 * size}) {
    std::fill_n(x.begin(), values, to);
    largest = std::max(largest, pass(after));
    std::fill(x.begin(), x.end(), from);
  }
  return largest;
}

}  // namespace

TEST_CASE("for_input: a constant that moves stands at most 32 out, in every mode, for both layers, flat and of images") {
  for (const Item& norm : {Item(BatchNorm(for_input)), Item(OnlineNorm(for_input))})
    for (const Shape& shape : {Shape{1}, Shape{1, 15, 15}})
      for (const double constant : constants)
        for (const real to : moved(constant))
          for (const Mode mode : {Mode::train, Mode::adapt})
            for (const Mode then : {Mode::train, Mode::adapt, Mode::evaluate}) {
              const double largest = furthest(norm, shape, static_cast<real>(constant), to, mode, then);
              if (largest > 32) FAIL_CHECK(shape.str() << ": " << constant << " to " << to << ": " << largest);
              if (then == Mode::evaluate && largest != 0) FAIL_CHECK(constant << " to " << to << " is heard in evaluate mode");
            }
}

TEST_CASE("for_input: what varied once and then stood still stands at the bound, at most, in evaluate mode") {
  const auto y = [](const Layer& layer, double mean, double var, const Doubles& x) {
    LayerBench bench(layer, {Shape{1}}, {.mode = Mode::evaluate, .batch = static_cast<int>(x.size())});
    bench.state(0)[0] = mean, bench.state(1)[0] = var;
    set(bench.x(), x);
    bench.forward();
    bench.backward();
    for (std::size_t i = 0; i < x.size(); ++i)  // no gradient where it is cut
      CHECK((bench.dx().data[i] == 0) == (std::fabs(static_cast<double>(bench.y().data[i])) > 31));
    return get(bench.y());
  };
  const BatchNorm batch(for_input);
  const OnlineNorm online(for_input), short_memory({.alpha = 0.5, .epsilon = 0, .input = true});
  const OnlineNorm endless({.alpha = 1, .epsilon = 0, .input = true});
  for (const double var : {1e-60, 1e-20, 1.0}) {
    const double d = std::sqrt(var);
    CHECK(y(batch, 0, var, {1e6 * d, -1e6 * d}) == Doubles{32, -32});
    const double bound = static_cast<double>(static_cast<real>(1 / std::sqrt(0.999 * (1 - 0.999))));
    CHECK(y(online, 0, var, {1e6 * d, -1e6 * d}) == Doubles{bound, -bound});
    CHECK(y(online, 0, var, {30 * d, 3 * d})[0] == doctest::Approx(30).epsilon(1e-5));
  }
  LayerBench bench(short_memory, {Shape{2}}, {.mode = Mode::evaluate, .batch = 1});
  set(bench.x(), {1.5, 100});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{1.5, 2});
  CHECK(y(endless, 0, 1, {20})[0] == 20);
}

TEST_CASE("for_input: the bound holds behind no other layer: not fused with an Affine and a Relu, nor folded") {
  for (const Item& norm : {Item(BatchNorm(for_input)), Item(OnlineNorm(for_input))})
    for (const bool fold : {false, true}) {
      const Sequential net(Shape{2}, Dense(2, {.bias = false}), norm, Affine(), Relu());
      Weights weights(net);
      const std::span<real> w = weights.value("dense_1.weight"), shift = weights.value("affine_1.beta");
      w[0] = w[3] = 1, w[1] = w[2] = 0, shift[0] = shift[1] = 1;
      Plan plan(net, weights, {.batch = 1, .fold = fold});
      const real x[] = {1e6, 2};
      const Doubles y = get(plan.forward({x, Shape{2}, 1}));
      CHECK(y[0] == doctest::Approx(33).epsilon(0.02));
      CHECK(y[1] == doctest::Approx(3).epsilon(1e-5));
    }
}

}  // namespace cambium
