// What the headers of online norm and batch renorm say is bounded: by hand, and on data that are made to break it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cambium/layers/normalization/batch_renorm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "tests/layers/by_hand.h"

namespace cambium {

namespace {

constexpr double rounding = sizeof(real) == 8 ? 1e-10 : 1e-3;

// Values in the order of time: quiet for long, then awake, with spikes that come in runs and grow.
double hostile(std::uint64_t seed, std::uint64_t t, std::size_t i) {
  const Random random = Random(seed).of(t);
  const double awake = t / 400 % 2 ? 1 : 1e-4, spike = t % 50 < 6 ? std::pow(3.0, static_cast<double>(t % 50)) : 1;
  return (random.normal(i) + 1) * awake * spike * 10;
}

struct Sums {
  double v_energy = 0, g_energy = 0, h_energy = 0, worst_u = 0, worst_h = 0, largest_y = 0, largest_v = 0;
  bool v_within = true, finite = true;
};

// Feeds such a stream, with a gradient that pushes v further out wherever it can, and adds up what the theorem speaks of.
Sums run(const OnlineNormOptions& options, const Shape& shape, int steps) {
  const OnlineNorm layer(options);
  LayerBench bench(layer, {shape}, {.batch = 1, .watch = false});
  const double gain = 1 - options.alpha_backward, n = static_cast<double>(shape.size());
  Sums sums;
  for (int t = 0; t < steps; ++t) {
    for (std::size_t i = 0; i < bench.x().size(); ++i)
      bench.x().data[i] = static_cast<real>(hostile(3, static_cast<std::uint64_t>(t), i));
    bench.forward();
    const double v = bench.state(3)[0], u = bench.state(2)[0];
    double g2 = 0, y2 = 0;
    for (std::size_t i = 0; i < bench.x().size(); ++i) {
      const double y = static_cast<double>(bench.y().data[i]), g = (v < 0) == (y < 0) ? 1 : -0.1;
      bench.dy().data[i] = static_cast<real>(g);
      g2 += g * g / n, y2 += y * y / n;
    }
    sums.largest_y = std::max(sums.largest_y, std::sqrt(y2));
    bench.backward();
    double h = 0;  // mean of h / s
    for (const real dx : bench.dx()) h += (static_cast<double>(dx) + gain * u) / n;
    sums.worst_h = std::max(sums.worst_h, std::fabs(h));
    bench.commit();
    sums.g_energy += g2;
    const double now = bench.state(3)[0];
    sums.v_energy = gain * now * now;
    sums.v_within = sums.v_within && sums.v_energy <= sums.g_energy * (1 + rounding);
    sums.largest_v = std::max(sums.largest_v, std::fabs(now));
    sums.worst_u = std::max(sums.worst_u, std::fabs(bench.state(2)[0]));
    sums.finite = sums.finite && std::isfinite(now) && std::isfinite(bench.state(2)[0]) && std::isfinite(h);
  }
  return sums;
}

}  // namespace

TEST_CASE("online_norm: v, u and y stay within the header's bounds on hostile streams, and as published they do not") {
  for (const double alpha : {0.9, 0.999})
    for (const double b : {0.5, 0.9, 0.99, 0.999, 1.0})
      for (const Shape& shape : {Shape{1}, Shape{1, 2, 3}})
        for (const auto start : {OnlineNormOptions::Start::cold, OnlineNormOptions::Start::warm}) {
          CAPTURE(alpha);
          CAPTURE(b);
          CAPTURE(shape.str());
          const Sums sums = run({.alpha = alpha, .alpha_backward = b, .start = start}, shape, 3000);
          CHECK(sums.finite);
          CHECK(sums.v_within);
          if (b < 1) CHECK(sums.worst_u <= sums.worst_h / (1 - b) * (1 + rounding));
          const double share = std::min(alpha * (1 - alpha), 1 - b), young = std::sqrt(1 / (1 - alpha) * shape.size());
          if (share > 0) CHECK(sums.largest_y <= std::max(1 / std::sqrt(share), young) * (1 + rounding));
        }
  const Sums published = run({.bounded = false}, Shape{1}, 3000);
  CHECK(!published.v_within);
}

TEST_CASE("online_norm bounded: a case worked by hand") {
  // 1 - b = 0.5: the controller sees at most sqrt(2). var stays 1 as the mean is where x is not; s = sqrt(1 + 3) = 2.
  const auto after = [](const Shape& shape, const Doubles& x, bool bounded) {
    const auto cold = OnlineNormOptions::Start::cold;
    const OnlineNorm layer({.alpha = 1, .alpha_backward = 0.5, .epsilon = 3, .start = cold, .bounded = bounded});
    LayerBench bench(layer, {shape}, {.batch = 1});
    bench.state(3)[0] = 0.25;
    set(bench.x(), x);
    set(bench.dy(), Doubles(x.size(), 1));
    bench.forward();
    bench.backward();
    Doubles all = get(bench.dx());
    all.push_back(bench.next(3)[0]);
    return all;
  };
  const auto near = [](const Doubles& got, const Doubles& expected) {
    REQUIRE(got.size() == expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == doctest::Approx(expected[i]).epsilon(1e-6));
  };
  const double root = std::sqrt(2.0);
  near(after(Shape{1}, {2}, true), {(1 - 0.125) / 2, 0.25 + 1 - 0.125});  // y = 1: as published
  near(after(Shape{1}, {8}, true), {(1 - 0.125 * root) / 2, root});       // y = 4: v is all new
  near(after(Shape{1}, {8}, false), {(1 - 0.125 * 4) / 2, 0.25 + 4 - 2});
  // Of an image y = (4, 0, 0, 0), mean of squares 4: all of it seen at 1 / sqrt(2). v: mean of h z over the positions.
  near(after(Shape{1, 2, 2}, {8, 0, 0, 0}, true), {(1 - 0.125 * 4 / root) / 2, 0.5, 0.5, 0.5, 1 / root});
}

TEST_CASE("online_norm bounded: the same bits as published as long as (1 - b) mean(y^2) stays at 1 or below") {
  for (const Shape& shape : {Shape{2}, Shape{2, 2, 2}})
    for (const double spike : {0.0, 1e4}) {
      const OnlineNorm bounded, published({.bounded = false});
      LayerBench one(bounded, {shape}, {.batch = 1500, .watch = false}), other(published, {shape}, {.batch = 1500, .watch = false});
      for (std::size_t i = 0; i < one.x().size(); ++i)
        one.x().data[i] = other.x().data[i] = static_cast<real>(5 + Random(4).normal(i) + (i > one.x().size() - 9 ? spike : 0));
      one.forward(), other.forward();
      one.backward(), other.backward();
      bool same = get(one.y()) == get(other.y()) && get(one.dx()) == get(other.dx());
      for (int i = 0; i < 4; ++i) same = same && get(one.next(i)) == get(other.next(i));
      CHECK(same == (spike == 0));
    }
}

TEST_CASE("online_norm: a hidden unit whose variance has died and lives again stands no further out than the bound") {
  for (const bool bounded : {true, false}) {
    const OnlineNorm layer({.bounded = bounded});
    LayerBench bench(layer, {Shape{1}}, {.batch = 30000, .watch = false});
    for (int i = 0; i < 30000; ++i) bench.x().data[i] = static_cast<real>(i < 2000 ? i % 2 : i < 29000 ? 1 : 1 + 50 * (i % 3));
    std::fill_n(bench.dy().data, 30000, real(1));
    bench.forward();
    bench.backward();
    double y = 0, dx = 0;
    for (int i = 29000; i < 30000; ++i) {
      y = std::max(y, std::fabs(static_cast<double>(bench.y().data[i])));
      dx = std::max(dx, std::fabs(static_cast<double>(bench.dx().data[i])));
    }
    CHECK((y < 31.7) == bounded);
    if (bounded) CHECK(dx < 100);  // s is sqrt(0.001) * 50 at least where it counts
    CHECK(bench.next(1)[0] < 50 * 50);
  }
  // One that never varied gives nothing in evaluate mode either, whatever comes.
  const OnlineNorm layer;
  LayerBench still(layer, {Shape{1}}, {.mode = Mode::evaluate, .batch = 1});
  still.state(0)[0] = 5, still.state(1)[0] = 0;
  set(still.x(), {7});
  still.forward();
  CHECK(still.y().data[0] == 0);
}

// ------------------------------------------------------------------------------------------- the other that remembers

TEST_CASE("batch_renorm: sigma stays between sqrt(epsilon) and the largest s, mu among the means, y within r_max and d_max") {
  const BatchRenorm layer({.alpha = 0.3, .r_max = {{0, 3}}, .d_max = {{0, 5}}});
  LayerBench bench(layer, {Shape{1}}, {.batch = 4, .watch = false});
  double largest = 1, top = 0;
  for (std::uint64_t t = 0; t < 2000; ++t) {
    double mean = 0, squares = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      bench.x().data[i] = static_cast<real>(hostile(5, t, i) * (t / 100 % 3 ? 1 : 0));
      mean += static_cast<double>(bench.x().data[i]) / 4;
    }
    for (const real x : bench.x()) squares += (static_cast<double>(x) - mean) * (static_cast<double>(x) - mean) / 4;
    largest = std::max(largest, std::sqrt(squares + 1e-5)), top = std::max(top, std::fabs(mean));
    bench.forward();
    bench.backward();
    for (const real y : bench.y()) CHECK(std::fabs(static_cast<double>(y)) <= 3 * std::sqrt(3.0) + 5 + 1e-3);
    bench.commit();
    CHECK((bench.state(1)[0] >= std::sqrt(1e-5) * (1 - 1e-9) && bench.state(1)[0] <= largest * (1 + 1e-9)));
    CHECK(std::fabs(bench.state(0)[0]) <= top * (1 + 1e-9));
  }
}

}  // namespace cambium
