// The preset for a layer right after the input: free of scale and offset in every mode, and bounded where hardly anything varies.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cambium/framework/data/digits.h"
#include "cambium/framework/graph/plan.h"
#include "cambium/layers/batch_norm.h"
#include "cambium/layers/online_norm.h"
#include "tests/layers/by_hand.h"

namespace cambium {
namespace {

constexpr bool in_double = sizeof(real) == 8;

struct Scale {
  double factor, shift;
};
const Scale scales[] = {{1, 0}, {1 / 256.0, 0}, {256, 0}, {65536, 0}, {2, -1}, {1, 1000}};  // exact in single precision

double apart(const Numbers& a, const Numbers& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::fabs(a[i] - b[i]));
  return worst;
}

double largest(const Numbers& a) { return apart(a, Numbers(a.size())); }

// A plan on one norm, fed with steps of 1/256, so that all scales are exact.
Numbers feed(const Item& norm, const Shape& shape, const Numbers& x, const Scale& scale, Mode mode, int batch, int evaluate) {
  const Sequential net(shape, norm);
  Weights weights(net);
  Plan plan(net, weights, {.batch = batch, .mode = mode, .input_gradient = mode == Mode::train});
  const auto size = static_cast<std::size_t>(batch) * static_cast<std::size_t>(shape.size());
  std::vector<real> now(size);
  Numbers all;
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

Numbers steps_of_256(std::size_t n) {
  Numbers x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = std::round(256 * Random(8).uniform(i)) / 256;
  return x;
}

}  // namespace

TEST_CASE("for_input: free of scale and offset in every mode, from the first batches on") {
  const Numbers x = steps_of_256(16 * 6 * 3);
  for (const Item& norm : {Item(BatchNorm(for_input)), Item(OnlineNorm(for_input))})
    for (const Mode mode : {Mode::train, Mode::adapt})
      for (const int evaluate : {0, 1}) {
        const Numbers expected = feed(norm, Shape{6}, x, scales[0], mode, 16, evaluate);
        CHECK(largest(expected) > 1);
        for (const Scale& scale : scales) {
          CAPTURE(scale.factor);
          CAPTURE(scale.shift);
          CHECK(apart(feed(norm, Shape{6}, x, scale, mode, 16, evaluate), expected) < (in_double ? 1e-11 : 1e-5));
        }
      }
}

TEST_CASE("for_input: BatchNorm's running statistics are the plain mean of all batches until they reach their momentum") {
  const Numbers x = steps_of_256(4 * 3);
  Numbers means, vars;
  for (std::size_t at = 0; at < 12; at += 4) {
    double mean = 0, var = 0;
    for (std::size_t i = at; i < at + 4; ++i) mean += x[i] / 4;
    for (std::size_t i = at; i < at + 4; ++i) var += (x[i] - mean) * (x[i] - mean) / 3;
    means.push_back(mean), vars.push_back(var);
  }
  const BatchNorm layer(for_input);
  LayerBench bench(layer, {Shape{1}}, {.batch = 4});
  for (std::size_t step = 0; step < 3; ++step) {
    set(bench.x(), Numbers(x.begin() + static_cast<long>(4 * step), x.begin() + static_cast<long>(4 * step + 4)));
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
    CHECK(y(*layer, 1024, 0, 1025) == 0x1p30 / 1024);
    CHECK(y(*layer, 1024, 0, 1024) == 0);
    CHECK(y(*layer, 0, 0, 0) == 0);
  }
}

TEST_CASE("for_input: 784 single pixels, most of them constant for long, stay bounded and alike in every range") {
  constexpr int count = 3000;
  const DigitImages made = made_digits(Split::train, {.count = count, .threads = 1});
  Numbers x;
  for (const std::uint8_t pixel : made.images) x.push_back(pixel / 256.0);
  const Numbers expected = feed(OnlineNorm(for_input), Shape{784}, x, scales[0], Mode::adapt, 100, 0);
  CHECK(largest(expected) < 1 / std::sqrt(0.999 * 0.001) + 1e-4);
  for (const Scale& scale : scales)
    CHECK(apart(feed(OnlineNorm(for_input), Shape{784}, x, scale, Mode::adapt, 100, 0), expected) < (in_double ? 1e-6 : 1e-2));
}

}  // namespace cambium
