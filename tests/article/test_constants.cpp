// Inputs that say nothing, and sensors that break: row 33.
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

const Values constants = {0, 1.0 / 3, 200.7, 255, 12345.678, 1e6 + 0.3, 1e7 + 3.3};
constexpr int channels = 7;

PlanOptions adapting() { return {.batch = 512, .mode = Mode::adapt}; }

// All constants side by side, for so many samples; the largest output from sample `from` on.
double largest_after(Fed& norm, std::size_t samples, std::size_t from) {
  const Values y = norm.feed(made(samples * channels, [](std::size_t i) { return constants[i % channels]; }));
  return largest_of(part(y, from * channels, y.size()));
}

}  // namespace

TEST_CASE("article: a constant input becomes zero, in a batch at once") {
  for (const bool input : {false, true})
    for (const int n : {2, 3, 7, 64, 100, 1000, 4096}) {
      BatchNormOptions options;
      if (input) options.epsilon = 0, options.input = true;
      Fed norm(Sequential(Shape{channels}, BatchNorm(options)), {.batch = n, .mode = Mode::train, .input_gradient = true});
      const std::size_t size = static_cast<std::size_t>(n) * channels;
      const Values y = norm.feed(made(size, [](std::size_t i) { return constants[i % channels]; }));
      at_most(33, "constants, BatchNorm: |y|", largest_of(y), 0);
      const Values dx = norm.back(normals(size, 33));
      at_most(33, "constants, BatchNorm: gradients that are not finite",
              static_cast<double>(std::count_if(dx.begin(), dx.end(), [](double value) { return !std::isfinite(value); })), 0);
    }
}

TEST_CASE("article: a constant input becomes zero, sample by sample") {
  // Cold, the distance from the mean fades as alpha^t and its square is in the variance, so that y fades as alpha^(t/2).
  Fed cold(Sequential(Shape{channels}, OnlineNorm({.start = OnlineNormOptions::Start::cold})), adapting());
  at_most(33, "constants, OnlineNorm from a cold start: |y| after 10,000 samples", largest_after(cold, 10512, 10000), 1e-2);
  at_most(33, "the same after 60,000", largest_after(cold, 50000, 49488), 1e-3);
  Fed cold_input(Sequential(Shape{channels}, OnlineNorm({.epsilon = 0, .start = OnlineNormOptions::Start::cold, .input = true})),
                 adapting());
  at_most(33, "the same with the rule for inputs, after 60,000", largest_after(cold_input, 60000, 59488), 1e-3);
  Fed warm(Sequential(Shape{channels}, OnlineNorm()), adapting());
  at_most(33, "constants, OnlineNorm from a warm start: |y| from the first sample", largest_after(warm, 10000, 0), 0);
  Fed warm_input(Sequential(Shape{channels}, OnlineNorm(for_input)), adapting());
  at_most(33, "constants, OnlineNorm(for_input): |y| from the first sample", largest_after(warm_input, 10000, 0), 0);
}

TEST_CASE("article: a sensor that breaks fades to zero") {
  // It lived around 20, and then it is stuck: at its mean, at the edge of what it knew, at zero, at the end of the scale.
  const Values stuck = {20, 26, 0, 255, 1e6 + 0.3, -200.7, 1.0 / 3};
  for (const bool input : {false, true}) {
    OnlineNormOptions options;
    if (input) options.epsilon = 0, options.input = true;
    Fed online(Sequential(Shape{channels}, OnlineNorm(options)), adapting());
    online.feed(made(10240 * channels, [z = normals(10240 * channels, 34)](std::size_t i) { return 20 + 3 * z[i]; }));
    const Values y = online.feed(made(10512 * channels, [&](std::size_t i) { return stuck[i % channels]; }));
    at_most(33, "a sensor breaks: |y| 10,000 samples later", largest_of(part(y, 10000 * channels, y.size())), 0.01);
    CHECK(largest_of(part(y, 0, channels)) > 1);  // it was not so before
  }
}

}  // namespace cambium::article
