// Without batches: row 27, and the controller that takes the place of the gradient there.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "tests/article/fed.h"
#include "tests/article/figures.h"

namespace cambium::article {

namespace {

// Everything that a stream leaves behind when it is fed so many at a time: outputs, gradients, state.
Values run(const Shape& shape, const OnlineNormOptions& options, int at_a_time, int threads) {
  const std::size_t samples = 448, size = static_cast<std::size_t>(shape.size());
  const std::size_t chunk = static_cast<std::size_t>(at_a_time) * size;
  Fed online(Sequential(shape, OnlineNorm(options)),
             {.batch = at_a_time, .mode = Mode::train, .threads = threads, .input_gradient = true});
  const Values x = made(samples * size, [z = normals(samples * size, 27)](std::size_t i) { return 3 + 2 * z[i]; });
  const Values dy = normals(samples * size, 28);
  Values y, all;
  for (std::size_t at = 0; at < x.size(); at += chunk) {
    const std::size_t end = std::min(at + chunk, x.size());
    const Values one_y = online.feed(part(x, at, end)), one_dx = online.back(part(dy, at, end));
    y.insert(y.end(), one_y.begin(), one_y.end());
    all.insert(all.end(), one_dx.begin(), one_dx.end());
  }
  all.insert(all.end(), y.begin(), y.end());
  for (const double state : online.weights().state_block()) all.push_back(state);
  return all;
}

}  // namespace

TEST_CASE("threads: article: online norm cannot tell a stream fed one by one from the same stream in batches") {
  for (const OnlineNormOptions::Start start : {OnlineNormOptions::Start::warm, OnlineNormOptions::Start::cold})
    for (const Per per : {Per::channel, Per::element, Per::pooled})
      for (const Shape& shape : {Shape{5}, Shape{3, 4, 2}}) {
        const OnlineNormOptions options = {.start = start, .per = per};
        const Values one_by_one = run(shape, options, 1, 1);
        for (const int at_a_time : {7, 64})
          for (const int threads : {1, 3})
            at_most(27, "1 by 1, or 7 or 64 at once, 1 or 3 threads: values that differ",
                    bits_that_differ(run(shape, options, at_a_time, threads), one_by_one), 0);
      }
}

TEST_CASE("article: batch norm refuses to be trained with single samples, and takes them adapting") {
  std::string error;
  try {
    Fed(Sequential(Shape{3}, BatchNorm()), {.batch = 1, .mode = Mode::train});
  } catch (const Error& refusal) {
    error = refusal.what();
  }
  CHECK(error.find("a training batch of 1 has one value per channel") != std::string::npos);
  CHECK(error.find("OnlineNorm") != std::string::npos);
  Fed adapting(Sequential(Shape{3}, BatchNorm()), {.batch = 1, .mode = Mode::adapt});
  const Values y = adapting.feed(made(3000, [z = normals(3000, 29)](std::size_t i) { return 100 + z[i]; }));
  at_most(27, "BatchNorm, single samples, adapting: values that are not finite",
          static_cast<double>(std::count_if(y.begin(), y.end(), [](double value) { return !std::isfinite(value); })), 0);
  at_most(27, "BatchNorm, single samples, adapting: |mean|", std::fabs(mean_of(part(y, 1500, 3000))), 0.2);
}

TEST_CASE("article: online norm works for single samples, since its gradient is kept free of mean and slope over time") {
  // The gradient that arrives has a mean of 0.4, a correlation of 0.4 with xhat, and a deviation of 1. What leaves has a mean that
  // is the change of u over the samples, and a mean of gx xhat that is the change of v over them (and the scale): once u and v have
  // found their places, around 0.4 / (1 - b), both means are as near 0 as there are samples.
  for (const double b : {0.9, 0.99, 0.999, 0.9999}) {
    const std::size_t batch = 512, warm_up = static_cast<std::size_t>(std::lround(10 / (1 - b)));
    const std::size_t n = static_cast<std::size_t>(std::max(20 / (1 - b), 50000.0)), all = warm_up + n;
    Fed online(Sequential(Shape{1}, OnlineNorm({.alpha_backward = b})),
               {.batch = static_cast<int>(batch), .mode = Mode::train, .input_gradient = true});
    const Random x_random(27), noise(28);
    double sum = 0, sum_with_xhat = 0, square = 0, furthest_u = 0, furthest_v = 0;
    for (std::size_t at = 0; at < all; at += batch) {
      const std::size_t count = std::min(batch, all - at);
      const Values x = made(count, [&](std::size_t i) { return x_random.normal(at + i); });
      const Values y = online.feed(x);
      const Values g = made(count, [&](std::size_t i) { return 0.4 + 0.4 * x[i] + std::sqrt(0.84) * noise.normal(at + i); });
      const Values gx = online.back(g);
      for (std::size_t i = 0; i < count; ++i)
        if (at + i >= warm_up) sum += gx[i], sum_with_xhat += gx[i] * y[i], square += gx[i] * gx[i];
      furthest_u = std::max(furthest_u, (1 - b) * std::fabs(online.weights().state("online_norm_1.u")[0]));
      furthest_v = std::max(furthest_v, (1 - b) * std::fabs(online.weights().state("online_norm_1.v")[0]));
    }
    const double samples = static_cast<double>(n), rms = std::sqrt(square / samples);
    const std::string which = "controller, b = " + text_of(b) + ": ";
    at_most(27, which + "|mean of gx| / rms", std::fabs(sum / samples) / rms, 0.01);
    at_most(27, which + "|mean of gx xhat| / rms", std::fabs(sum_with_xhat / samples) / rms, 0.01);
    // (1 - b) u and (1 - b) v fade averages of h / s and h y, both of deviation 1 at most around 0.4: six of what is left of it.
    const double bound = 0.4 + 6 * std::sqrt((1 - b) / (1 + b));
    at_most(27, which + "largest (1 - b) |u|", furthest_u, bound);
    at_most(27, which + "largest (1 - b) |v|", furthest_v, bound);
  }
}

}  // namespace cambium::article
