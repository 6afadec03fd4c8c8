// What the layer does within a batch, element by element and channel by channel: rows 1, 5, 6, 7, 12 to 15, and 17.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/conv2d.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/with_affine.h"
#include "tests/article/fed.h"
#include "tests/article/figures.h"

namespace cambium::article {

namespace {

PlanOptions training(int batch) { return {.batch = batch, .mode = Mode::train, .input_gradient = true, .fuse = false}; }

// The sum and the sum of squares of what is left of each column, at worst: what batch norm promises of its gradient.
double worst_sum(const Values& dx, const Values& y, std::size_t channels) {
  double worst = 0;
  for (std::size_t c = 0; c < channels; ++c) {
    const Values of_dx = column(dx, channels, c), of_y = column(y, channels, c);
    worst = std::max({worst, std::fabs(product_of(of_dx, Values(of_dx.size(), 1))), std::fabs(product_of(of_dx, of_y))});
  }
  return worst;
}

}  // namespace

TEST_CASE("article: within a batch every element gets mean 0 and variance 1") {
  const std::size_t features = 512;
  for (const std::size_t n : {64u, 256u, 1024u}) {
    const Random random(n);
    const Values x = rounded(made(n * features, [&](std::size_t i) {
      const double f = static_cast<double>(i % features) / (features - 1.0);  // deviation 0.1 to 50, offset -100 to 100
      return 200 * f - 100 + 0.1 * std::pow(500, f) * random.normal(i);
    }));
    Fed norm(Sequential(Shape{512}, BatchNorm()), training(static_cast<int>(n)));
    const Values y = norm.feed(x);
    double mean = 0, variance = 0;
    for (std::size_t c = 0; c < features; ++c) {
      const double before = moment_of(column(x, features, c), 2);
      mean = std::max(mean, std::fabs(mean_of(column(y, features, c))));
      variance = std::max(variance, std::fabs(moment_of(column(y, features, c), 2) - before / (before + 1e-5)));
    }
    at_most(1, "512 elements at once: largest mean", mean, 1e-5);
    at_most(1, "variance, from var / (var + epsilon)", variance, 1e-4);
  }
}

TEST_CASE("article: step one moves the mean to zero and keeps the width, step two makes the width one") {
  // The two steps apart: with momentum 1 the layer's state is the batch's own mean and variance, and step two can be undone.
  const Values x = rounded(made(1000, [z = normals(1000, 5)](std::size_t i) { return 2 + 2 * z[i]; }));
  Fed norm(Sequential(Shape{1}, BatchNorm({.momentum = 1, .unbiased = false})), training(1000));
  const Values y = norm.feed(x);
  norm.back(y);
  const double s = std::sqrt(norm.weights().state("batch_norm_1.running_var")[0] + 1e-5);
  const Values centred = made(y.size(), [&](std::size_t i) { return s * y[i]; });
  at_most(5, "after step one: mean", std::fabs(mean_of(centred)), 1e-6);
  at_most(5, "after step one: change of the variance, relative", std::fabs(moment_of(centred, 2) / moment_of(x, 2) - 1), 1e-5);
  at_most(5, "the mean that step one takes away, from the batch's own",
          std::fabs(norm.weights().state("batch_norm_1.running_mean")[0] - mean_of(x)), 1e-12);
  near_to(6, "after step two: standard deviation", deviation_of(y), 1, 1e-4);
}

TEST_CASE("article: an odd shape stays as odd as it was") {
  // Peaks at 0, 2 and 4.6. These shares give deviation 1.7 and mean 2.9, so that they come out near -1.7, -0.6 and 1.
  const double peak[] = {0, 2, 4.6}, expected[] = {-1.7, -0.6, 1.0};
  const std::size_t n = 4000;
  const auto kind_of = [&](std::size_t i) { return i < n * 14 / 100 ? 0u : i < n * 55 / 100 ? 1u : 2u; };
  const Values x = rounded(made(n, [&, z = normals(n, 7)](std::size_t i) { return peak[kind_of(i)] + 0.3 * z[i]; }));
  Fed norm(Sequential(Shape{1}, BatchNorm()), training(static_cast<int>(n)));
  const Values y = norm.feed(x);

  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  double swapped = 0;
  for (std::size_t i = 1; i < n; ++i) swapped += y[order[i]] < y[order[i - 1]] ? 1 : 0;
  at_most(7, "pairs that changed their order", swapped, 0);
  const auto standard = [](const Values& values, int power) {
    return moment_of(values, power) / std::pow(deviation_of(values), power);
  };
  at_most(7, "change of the skewness", std::fabs(standard(y, 3) - standard(x, 3)), 1e-3);
  at_most(7, "change of the kurtosis", std::fabs(standard(y, 4) - standard(x, 4)), 1e-3);
  for (std::size_t k = 0; k < 3; ++k) {
    Values of_kind;
    for (std::size_t i = 0; i < n; ++i)
      if (kind_of(i) == k) of_kind.push_back(y[i]);
    near_to(7, "peak " + std::to_string(k + 1) + " of three comes out at", mean_of(of_kind), expected[k], 0.1);
  }
}

TEST_CASE("article: the layer is y = (x - mean) / deviation, and its gradient goes through both") {
  const std::size_t n = 64, channels = 7;
  const Values x = rounded(normals(n * channels, 12)), dy = rounded(normals(n * channels, 13));
  Fed norm(Sequential(Shape{7}, BatchNorm(for_input)), training(static_cast<int>(n)));
  const Values y = norm.feed(x), dx = norm.back(dy);
  Values expected(x.size());
  for (std::size_t c = 0; c < channels; ++c) {
    const Values one = column(x, channels, c);
    for (std::size_t i = 0; i < n; ++i) expected[i * channels + c] = (one[i] - mean_of(one)) / deviation_of(one);
  }
  at_most(12, "y against the formula", worst_difference(y, expected), in_double ? 1e-13 : 1e-6);
  at_most(12, "sums over the batch of dx, and of dx y, in units of the largest dx", worst_sum(dx, y, channels) / largest_of(dx),
          in_double ? 1e-12 : 1e-6);

  // Along one direction, by central differences: the loss is dy . y.
  if (!in_double) return;
  const Values direction = normals(x.size(), 14);
  const auto loss_at = [&](double step) {
    return product_of(dy, norm.feed(made(x.size(), [&](std::size_t i) { return x[i] + step * direction[i]; })));
  };
  const double slope = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5, expected_slope = product_of(dx, direction);
  at_most(12, "gradient against central differences, relative", std::fabs(slope / expected_slope - 1), 1e-6);
}

TEST_CASE("article: it is downstream that sees mean 0 and variance 1; upstream stays as it was") {
  const std::size_t n = 128, width = 9;
  const Values x = made(n * 5, [z = normals(n * 5, 11)](std::size_t i) { return 3 + 2 * z[i]; });
  const auto seen = [&](const Graph& net, std::vector<std::string> observe, const std::string& layer) {
    PlanOptions options = training(static_cast<int>(n));
    options.observe = std::move(observe);
    Fed fed(net, options);
    fed.feed(x);
    return get(fed.plan().output_of(layer));
  };
  const Sequential with(Shape{5}, Dense(9), BatchNorm(), Dense(4)), without(Shape{5}, Dense(9), Dense(4));
  const Values before = seen(with, {"dense_1", "batch_norm_1"}, "dense_1");
  const Values after = seen(with, {"dense_1", "batch_norm_1"}, "batch_norm_1");
  double mean = 0;
  for (std::size_t c = 0; c < width; ++c) mean = std::max(mean, std::fabs(mean_of(column(after, width, c))));
  at_most(13, "downstream of the norm: largest mean", mean, 1e-6);
  const Values alone = seen(without, {"dense_1"}, "dense_1");
  at_most(13, "upstream: values that differ from the net without it", bits_that_differ(before, alone), 0);
  at_least(13, "upstream: largest mean, which stays",
           largest_of(made(width, [&](std::size_t c) { return mean_of(column(before, width, c)); })), 0.5);
}

TEST_CASE("article: one element's statistics are no business of another's") {
  const std::size_t n = 37, channels = 11;
  Values x = normals(n * channels, 14);
  const Values dy = normals(n * channels, 15);
  Fed norm(Sequential(Shape{11}, BatchNorm()), training(static_cast<int>(n)));
  const Values y = norm.feed(x), dx = norm.back(dy);
  for (const std::size_t changed : {0u, 4u, 10u}) {
    Values other = x;
    for (std::size_t i = 0; i < n; ++i) other[i * channels + changed] = 1000 + 300 * x[i * channels + changed] * x[i * channels];
    const Values other_y = norm.feed(other), other_dx = norm.back(dy);
    double differing = 0;
    for (std::size_t c = 0; c < channels; ++c)
      if (c != changed)
        differing += bits_that_differ(column(y, channels, c), column(other_y, channels, c)) +
                     bits_that_differ(column(dx, channels, c), column(other_dx, channels, c));
    at_most(14, "37 x 11: values of other elements that change with one element", differing, 0);
    CHECK(worst_difference(column(y, channels, changed), column(other_y, channels, changed)) > 0.1);
  }
}

TEST_CASE("article: scale and shift are a layer of their own, and together they are the bundled textbook form") {
  const std::size_t n = 50, channels = 5;
  const Values x = rounded(normals(n * channels, 16)), dy = rounded(normals(n * channels, 17));
  Fed affine(Sequential(Shape{5}, Affine()), training(static_cast<int>(n)));
  at_most(15, "values that a fresh affine layer changes", bits_that_differ(affine.feed(x), x), 0);
  Fed norm(Sequential(Shape{5}, BatchNorm()), training(static_cast<int>(n)));
  at_most(15, "parameters of batch norm", static_cast<double>(norm.weights().parameters()), 0);
  near_to(15, "parameters of affine, for each channel", static_cast<double>(affine.weights().parameters()) / 5, 2, 0);

  CHECK(Fed(Sequential(Shape{5}, with_affine(BatchNorm())), training(8)).weights().parameters() == 10);
  for (const bool fuse : {false, true}) {
    PlanOptions options = training(static_cast<int>(n));
    options.fuse = fuse;
    Fed both(Sequential(Shape{5}, BatchNorm(), Affine()), options);
    const Values gamma = {1.5, -2, 0.25, 1, 3}, beta = {0.5, 0, -1, 2, 0.125};
    set(both.weights().value("affine_1.gamma"), gamma);
    set(both.weights().value("affine_1.beta"), beta);
    const Values y = both.feed(x), dx = both.back(dy);
    const Values dgamma = get(both.weights().gradient("affine_1.gamma")), dbeta = get(both.weights().gradient("affine_1.beta"));

    // Ioffe and Szegedy 2015, their gradients as printed, in double.
    double worst = 0;
    const auto compare = [&](double got, double expected) {
      worst = std::max(worst, std::fabs(got - expected) / (1 + std::fabs(expected)));
    };
    for (std::size_t c = 0; c < channels; ++c) {
      const Values xc = column(x, channels, c), dyc = column(dy, channels, c);
      const double m = static_cast<double>(n), mean = mean_of(xc), s = std::sqrt(moment_of(xc, 2) + 1e-5);
      const Values xhat = made(n, [&](std::size_t i) { return (xc[i] - mean) / s; });
      const Values dxhat = made(n, [&](std::size_t i) { return dyc[i] * gamma[c]; });
      const Values ones(n, 1);
      const double dvar = -0.5 * product_of(dxhat, xhat) / (s * s), dmean = -product_of(dxhat, ones) / s;
      for (std::size_t i = 0; i < n; ++i) {
        compare(y[i * channels + c], gamma[c] * xhat[i] + beta[c]);
        compare(dx[i * channels + c], dxhat[i] / s + dvar * 2 * (xc[i] - mean) / m + dmean / m);
      }
      compare(dgamma[c], product_of(dyc, xhat));
      compare(dbeta[c], product_of(dyc, ones));
    }
    at_most(15, "BatchNorm, Affine against the bundled form: y, dx, dgamma, dbeta", worst, 1e-6);
  }
}

TEST_CASE("article: after a convolution there is one mean and one variance for each channel, not for each pixel") {
  // Images with a gradient from left to right, so that pixels of one channel differ.
  const std::size_t n = 32, side = 8, pixels = side * side, filters = 4;
  const Values x =
      made(n * pixels, [z = normals(n * pixels, 17)](std::size_t i) { return static_cast<double>(i % side) / 4 + 0.3 * z[i]; });
  Fed net(Sequential(Shape{1, 8, 8}, Conv2d(4, {.pad = 1}), BatchNorm()), training(static_cast<int>(n)));
  const Values y = net.feed(x);
  double least_pixel_mean = HUGE_VAL;
  for (std::size_t f = 0; f < filters; ++f) {
    Values of_channel;
    double pixel_mean = 0;
    for (std::size_t p = 0; p < pixels; ++p) {
      const Values of_pixel = column(y, filters * pixels, f * pixels + p);
      of_channel.insert(of_channel.end(), of_pixel.begin(), of_pixel.end());
      pixel_mean = std::max(pixel_mean, std::fabs(mean_of(of_pixel)));
    }
    at_most(17, "after a convolution: mean of a channel", std::fabs(mean_of(of_channel)), 1e-5);
    near_to(17, "after a convolution: variance of a channel", moment_of(of_channel, 2), 1, 1e-4);
    least_pixel_mean = std::min(least_pixel_mean, pixel_mean);
  }
  at_least(17, "largest mean of a single pixel, which is left as it is", least_pixel_mean, 0.3);

  const Values flat = normals(64 * 6, 18), dy = normals(64 * 6, 19);
  Fed image(Sequential(Shape{6, 1, 1}, BatchNorm()), training(64)), dense(Sequential(Shape{6}, BatchNorm()), training(64));
  at_most(17, "images of one pixel: values that differ from the dense case",
          bits_that_differ(image.feed(flat), dense.feed(flat)) + bits_that_differ(image.back(dy), dense.back(dy)), 0);
}

}  // namespace cambium::article
