// Elements that drift: row 39. Online norm follows a slope k with a lag of k alpha / (1 - alpha), which stays in its output, in
// units of a deviation that has the lag in it too; batch norm has no lag, but takes a part of the drift for fluctuation.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <string>

#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "tests/article/fed.h"
#include "tests/article/figures.h"

namespace cambium::article {

namespace {

constexpr std::size_t channels = 32;
constexpr double alpha = 0.999;

// What is looked at of each element, averaged over the elements.
struct Drifted {
  double offset = 0, variance = 0, correlation = 0;
};

Drifted look(const Values& y, const Values& z) {
  Drifted mean;
  for (std::size_t c = 0; c < channels; ++c) {
    const Values yc = column(y, channels, c), zc = column(z, channels, c);
    mean.offset += mean_of(yc) / channels;
    mean.variance += moment_of(yc, 2) / channels;
    mean.correlation += correlation_of(yc, zc) / channels;
  }
  return mean;
}

// A fluctuation z on a ramp of so much a sample.
Values ramp(const Values& z, double slope, std::size_t first) {
  return made(z.size(), [&](std::size_t i) { return slope * static_cast<double>(first + i / channels) + z[i]; });
}

}  // namespace

TEST_CASE("article: a drift is removed up to its lag, and the fluctuations stay") {
  const std::size_t warm_up = 10240, n = 10240;
  const Values before = normals(warm_up * channels, 39), z = normals(n * channels, 40);
  struct Slope {
    double slope, offset;
    const char* name;
  };
  for (const Slope& drift : {Slope{2.5e-5, 0.03, "2.5e-5"}, {1e-4, 0.11, "1e-4"}, {5e-4, 0.47, "5e-4"}}) {
    Fed online(Sequential(Shape{32}, OnlineNorm(for_input)), {.batch = 512, .mode = Mode::adapt});
    online.feed(ramp(before, drift.slope, 0));
    const Drifted got = look(online.feed(ramp(z, drift.slope, warm_up)), z);
    const std::string which = std::string("OnlineNorm, ") + drift.name + " deviations a sample: ";
    // The offset of a single element moves by 0.022; the mean over all, and over 10 memories, is sure to 0.002. Here is six of it.
    const double lag = drift.slope * alpha / (1 - alpha);
    near_to(39, which + "offset against the lag", got.offset, lag / std::sqrt(1 + lag * lag), 0.01);
    at_most(39, which + "offset", got.offset, drift.offset);
    at_least(39, which + "correlation with the fluctuation", got.correlation, 0.999);
    if (drift.slope == 1e-4) near_to(39, which + "variance", got.variance, 0.995, 0.015);
  }

  for (const double slope : {1.7e-3, 3.4e-3}) {
    Fed batch(Sequential(Shape{32}, BatchNorm(for_input)), {.batch = 256, .mode = Mode::train});
    const Drifted got = look(batch.feed(ramp(z, slope, 0)), z);
    // Within a batch the drift is spread evenly over slope times 256, so it adds that squared / 12 to the variance of 1.
    const double spread = slope * 256;
    const std::string which = fmt::format("BatchNorm, 256 samples, {} a sample: ", slope < 3e-3 ? "1.7e-3" : "3.4e-3");
    at_most(39, which + "|offset|", std::fabs(got.offset), 1e-6);
    near_to(39, which + "correlation", got.correlation, 1 / std::sqrt(1 + spread * spread / 12), 0.005);
    if (slope < 3e-3) at_least(39, which + "correlation, at least", got.correlation, 0.98);
  }
}

TEST_CASE("article: a step of the baseline is forgotten") {
  // Of a step of 5 deviations, 5 f is left after t samples, f = alpha^t, in units of a deviation that has the step in it:
  // sqrt(1 + 25 f (1 - f)). The mean over 32 elements is sure to 0.022 / sqrt(32) = 0.004; six of it, in a window of 200 samples.
  const Values z = normals(10240 * channels, 41);
  Fed online(Sequential(Shape{32}, OnlineNorm(for_input)), {.batch = 512, .mode = Mode::adapt});
  online.feed(part(z, 0, 5120 * channels));
  const Values late = part(z, 5120 * channels, z.size());
  const Values y = online.feed(made(late.size(), [&](std::size_t i) { return late[i] + 5; }));
  const double bounds[] = {0.7, 0.18};
  for (const std::size_t t : {1000u, 3000u}) {
    Drifted got = look(part(y, t * channels, (t + 200) * channels), part(late, t * channels, (t + 200) * channels));
    double expected = 0, fluctuation = 0;
    for (std::size_t i = t; i < t + 200; ++i) {
      const double f = std::pow(alpha, static_cast<double>(i));
      expected += 5 * f / std::sqrt(1 + 25 * f * (1 - f)) / 200;
    }
    fluctuation = mean_of(part(late, t * channels, (t + 200) * channels));
    const std::string which = "OnlineNorm, " + std::to_string(t) + " after a step of 5 deviations: offset";
    near_to(39, which + ", by the formula", got.offset - fluctuation, expected, 0.03);
    at_most(39, which, got.offset, bounds[t == 3000]);
  }
}

}  // namespace cambium::article
