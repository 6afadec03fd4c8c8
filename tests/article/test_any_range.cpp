// Inputs in whatever range they come: rows 30, 31, 32 and 38.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "cambium/framework/data/digits/digits.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "tests/article/fed.h"
#include "tests/article/figures.h"

namespace cambium::article {

namespace {

// One way of writing down pixels that were between 0 and 1.
struct Scale {
  const char* name;
  double factor, shift;
};
const Scale scales[] = {{"1/255", 1.0 / 255, 0}, {"1", 1, 0}, {"2x - 1", 2, -1}, {"255", 255, 0}, {"65535", 65535, 0}};

// Made digits, every fourth row and column of them, as numbers from 0 to 1.
Values pixels(int count) {
  const DigitImages made_images = made_digits(Split::train, {.count = count, .threads = 1});
  return made(static_cast<std::size_t>(count) * 49, [&](std::size_t i) {
    const std::size_t image = i / 49, row = i % 49 / 7, col = i % 7;
    return made_images.images[image * digit_pixels + (4 * row + 2) * 28 + 4 * col + 2] / 255.0;
  });
}

Values scaled(const Values& x, const Scale& scale) {
  return made(x.size(), [&](std::size_t i) { return scale.factor * x[i] + scale.shift; });
}

PlanOptions training(int batch) { return {.batch = batch, .mode = Mode::train, .input_gradient = true}; }
PlanOptions adapting() { return {.batch = 512, .mode = Mode::adapt}; }

}  // namespace

TEST_CASE("article: pixels may come in any range") {
  const Values x = pixels(1024);
  const auto batch = [&](const Scale& scale) {
    return Fed(Sequential(Shape{49}, BatchNorm(for_input)), training(1024)).feed(scaled(x, scale));
  };
  const auto online = [&](const Scale& scale) {
    return Fed(Sequential(Shape{49}, OnlineNorm(for_input)), adapting()).feed(scaled(x, scale));
  };
  const Values batch_y = batch(scales[1]), online_y = online(scales[1]);
  for (const Scale& scale : scales) {
    CAPTURE(scale.name);
    at_most(30, "pixels in five ranges, BatchNorm(for_input): difference of y", worst_difference(batch(scale), batch_y), 1e-5);
    at_most(30, "pixels in five ranges, OnlineNorm(for_input): difference of y", worst_difference(online(scale), online_y), 1e-5);
  }
}

TEST_CASE("article: an offset costs no digits, fused or not") {
  // The values are exact in single precision at every offset, so the offset has no excuse.
  const int n = 256;
  const Values x = made(static_cast<std::size_t>(n) * 12, [z = normals(3072, 30)](std::size_t i) { return std::round(20 * z[i]); });
  const Values dy = normals(x.size(), 31);
  const auto run = [&](const Item& norm, double offset, bool fuse) {
    PlanOptions options = training(n);
    options.fuse = fuse;
    Fed net(Sequential(Shape{3, 2, 2}, norm, Affine(), Relu()), options);
    set(net.weights().value("affine_1.gamma"), {1.5, -1, 0.5});
    set(net.weights().value("affine_1.beta"), {0.25, 0.5, 1});
    Values all = net.feed(made(x.size(), [&](std::size_t i) { return offset + x[i]; }));
    const Values dx = net.back(dy);
    for (const double value : dx) all.push_back(20 * value);  // in units of the output, as y is
    return all;
  };
  for (const Item& norm : {Item(BatchNorm(for_input)), Item(OnlineNorm(for_input)), Item(BatchNorm()), Item(OnlineNorm())}) {
    const Values plain = run(norm, 1e6, false);
    at_most(30, "norm, affine, relu at an offset of 1e6: fused against plain", worst_difference(run(norm, 1e6, true), plain), 1e-6);
    at_most(30, "the same at offsets of 1e6 and 0", worst_difference(plain, run(norm, 0, false)), 1e-5);
  }
}

TEST_CASE("article: a range that changes on the way is taken care of") {
  // 32 sensors, uniform in their range. The old range's square is still in the variance, faded by alpha^t: coming down from 255 to
  // 1, it takes ln(255^2 * 4 / 0.2) / (1 - alpha), about 14,000 samples, until that is a tenth of the deviation.
  const std::size_t channels = 32;
  const auto draw = [&](std::size_t samples, const Scale& scale, std::uint64_t seed) {
    return made(samples * channels,
                [&, random = Random(seed)](std::size_t i) { return scale.factor * random.uniform(i) + scale.shift; });
  };
  struct Change {
    Scale from, to;
    std::size_t samples;
  };
  const Change changes[] = {{scales[1], scales[3], 5000}, {scales[1], scales[2], 5000}, {scales[3], scales[1], 15000}};
  for (const Change& change : changes) {
    const std::string after = std::to_string(change.samples) + (change.samples == 5000 ? " samples later" : " after 255 became 1");
    Fed online(Sequential(Shape{32}, OnlineNorm(for_input)), adapting());
    Fed running(Sequential(Shape{32}, BatchNorm(for_input)), {.batch = 64, .mode = Mode::adapt});
    Fed batch(Sequential(Shape{32}, BatchNorm(for_input)), training(256));
    const std::size_t last = (change.samples - 1000) * channels;
    for (Fed* norm : {&online, &running, &batch}) {
      norm->feed(draw(4096, change.from, 31));
      const Values y = norm->feed(draw(change.samples, change.to, 32));
      const Values seen = norm == &batch ? part(y, 0, 256 * channels) : part(y, last, y.size());
      const std::string which = norm == &batch     ? "BatchNorm, the first batch of the new range"
                                : norm == &running ? "BatchNorm adapting, batches of 64, " + after
                                                   : "OnlineNorm adapting, " + after;
      double square = 0, deviation = 0;  // of each sensor's mean, and its deviation: averages over the sensors
      for (std::size_t c = 0; c < channels; ++c) {
        square += std::pow(mean_of(column(seen, channels, c)), 2) / 32;
        deviation += deviation_of(column(seen, channels, c)) / 32;
      }
      at_most(31, which + ": |mean|", std::sqrt(square), norm == &batch ? 1e-6 : 0.2);
      near_to(31, which + ": deviation", deviation, 1, norm == &batch ? 1e-5 : 0.1);
    }
  }
}

TEST_CASE("article: sensors of different kinds become comparable") {
  // A standard one, a pressure, a temperature that hardly moves, a flag, a count.
  const std::size_t n = 1000, channels = 5;
  const Random random(32);
  const Values x = rounded(made(n * channels, [&](std::size_t i) {
    const double u = random.uniform(i);
    switch (i % channels) {
      case 0: return random.normal(i);
      case 1: return 1e4 * u;
      case 2: return 20 + 0.01 * random.normal(i);
      case 3: return u < 0.1 ? 1.0 : 0.0;
      default: return std::floor(-3 * std::log(1 - u));
    }
  }));
  const auto mean_and_deviation = [&](const Values& y, const std::string& what, double deviation_bound) {
    for (std::size_t c = 0; c < channels; ++c) {
      at_most(32, what + ": largest mean of five sensors", std::fabs(mean_of(column(y, channels, c))), 1e-4);
      at_most(32, what + ": deviation, from 1", std::fabs(deviation_of(column(y, channels, c)) - 1), deviation_bound);
    }
  };
  mean_and_deviation(Fed(Sequential(Shape{5}, BatchNorm(for_input)), training(1000)).feed(x), "BatchNorm(for_input)", 1e-4);
  // The default adds 1e-5 to the temperature's variance of 1e-4, which leaves 1 / sqrt(1.1) = 0.953 of it.
  const Values muted = Fed(Sequential(Shape{5}, BatchNorm()), training(1000)).feed(x);
  const double variance = moment_of(column(x, channels, 2), 2);
  near_to(32, "BatchNorm() leaves of a deviation of 0.01", deviation_of(column(muted, channels, 2)),
          std::sqrt(variance / (variance + 1e-5)), 1e-5);
}

TEST_CASE("article: no threshold, constant or other number has to be given") {
  // The preset passes rows 30 to 35 as it is, with nothing given: those rows use it. The plain default has an epsilon of 1e-5, so
  // it passes for inputs of unit scale and above, and mutes those far below.
  const Values x = pixels(1024);
  Fed preset(Sequential(Shape{49}, BatchNorm(for_input)), training(1024));
  const Values expected = preset.feed(x);
  const auto plain = [&](const Scale& scale) {
    return Fed(Sequential(Shape{49}, BatchNorm()), training(1024)).feed(scaled(x, scale));
  };
  for (const Scale& scale : {scales[2], scales[3], scales[4]}) {
    // Pixels that are almost always 0 have a small variance even here; those above 0.01 are looked at.
    const Values y = plain(scale);
    double worst = 0;
    for (std::size_t c = 0; c < 49; ++c)
      if (moment_of(column(x, 49, c), 2) > 0.01)
        worst = std::max(worst, worst_difference(column(y, 49, c), column(expected, 49, c)));
    at_most(38, "BatchNorm() against BatchNorm(for_input), range 1 and above", worst, 2e-3);
  }
  at_least(38, "BatchNorm() against BatchNorm(for_input), range 1/255: muted", worst_difference(plain(scales[0]), expected), 0.5);
}

}  // namespace cambium::article
