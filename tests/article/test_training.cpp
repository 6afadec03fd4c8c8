// What it is good for, on small tasks that are learnt in a moment: rows 2, 10, 30, 32 and 42.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "tests/article/classifier.h"
#include "tests/article/fed.h"
#include "tests/article/figures.h"

namespace cambium::article {

namespace {

const Samples& training_digits() {
  static const Samples samples = small_digits(Split::train, 6000);
  return samples;
}
const Samples& test_digits() {
  static const Samples samples = small_digits(Split::test, 4000);
  return samples;
}

const Shape input{49};

Sequential norm_after() { return Sequential(input, Dense(64), BatchNorm(), Relu(), Dense(64), BatchNorm(), Relu(), Dense(10)); }
Sequential norm_before() { return Sequential(input, BatchNorm(), Dense(64), Relu(), BatchNorm(), Dense(64), Relu(), Dense(10)); }
Sequential no_norm() { return Sequential(input, Dense(64), Relu(), Dense(64), Relu(), Dense(10)); }

double trained(const Graph& graph, const Samples& learnt, const Samples& judged, int epochs, int batch, double rate) {
  Classifier net(graph, 2);
  net.train(learnt, epochs, batch, rate);
  return net.accuracy(judged);
}

// Along one direction of all weights, the gradient against central differences, relative.
double gradient_error(const Graph& graph) {
  Weights weights(graph, 2);
  Plan plan(graph, weights, {.batch = 40, .mode = Mode::train});
  const SoftmaxCrossEntropy loss;
  const Samples& samples = training_digits();
  const std::vector<int> labels(samples.labels.begin(), samples.labels.begin() + 40);
  const auto evaluate = [&] { return loss.evaluate(plan.forward(samples.view(0, 40)), labels, plan.output_gradient()); };
  evaluate();
  plan.backward();
  const Values start = get(weights.block()), gradient = get(weights.gradient_block());
  Values direction(start.size());
  for (const Range& range : weights.ranges())
    for (std::size_t i = range.offset; i < range.offset + range.size; ++i) direction[i] = Random(3).normal(i);
  const auto at = [&](double step) {
    set(weights.block(), made(start.size(), [&](std::size_t i) { return start[i] + step * direction[i]; }));
    return evaluate();
  };
  return std::fabs((at(1e-6) - at(-1e-6)) / 2e-6 / product_of(gradient, direction) - 1);
}

// Five sensors of different kinds, and a label that depends on what they say in units of their own.
Samples sensors(std::size_t n, std::uint64_t seed, bool by_hand) {
  const Random random(seed);
  const double mean[] = {0, 5000, 20, 0.5, 3}, deviation[] = {1, 2887, 0.01, 0.5, 1.732};
  Samples samples;
  for (std::size_t i = 0; i < n; ++i) {
    const double u = random.uniform(5 * i + 4);
    const double x[] = {random.normal(5 * i), 1e4 * random.uniform(5 * i + 1), 20 + 0.01 * random.normal(5 * i + 2),
                        random.uniform(5 * i + 3) < 0.5 ? 1.0 : 0.0, std::floor(6 * u + random.normal(5 * i + 4) / 2)};
    double score = 0;
    for (int k = 0; k < 5; ++k) {
      const double standard = (x[k] - mean[k]) / deviation[k];
      score += (k % 2 ? -1 : 1) * standard;
      samples.x.push_back(static_cast<real>(by_hand ? standard : x[k]));
    }
    samples.labels.push_back(score > 0 ? 1 : 0);
  }
  return samples;
}

}  // namespace

TEST_CASE("article: the layer stands before the nonlinearity, or before the dense layer, and both learn") {
  const double after = trained(norm_after(), training_digits(), test_digits(), 3, 64, 0.1);
  const double before = trained(norm_before(), training_digits(), test_digits(), 3, 64, 0.1);
  at_least(2, "dense, norm, relu: percent right on small digits", after, 85);
  at_least(2, "norm, dense, relu: percent right on small digits", before, 85);
  at_most(2, "both orders: difference in points", std::fabs(after - before), 3);
  if (!in_double) return;
  at_most(2, "dense, norm, relu: gradient against central differences, relative", gradient_error(norm_after()), 1e-6);
  at_most(2, "norm, dense, relu: gradient against central differences, relative", gradient_error(norm_before()), 1e-6);
}

TEST_CASE("article: batches of 64 to 1024 do") {
  // The rate grows with the batch, and the last batch of an epoch is short.
  for (const int batch : {60, 64, 128, 256, 512, 1024}) {
    const double rate = 0.1 * std::min(batch / 64.0, 4.0);
    const double with = trained(norm_after(), training_digits(), test_digits(), 8, batch, rate);
    const double without = trained(no_norm(), training_digits(), test_digits(), 8, batch, rate);
    const std::string which = "batch " + std::to_string(batch) + ": ";
    at_least(10, which + "percent right on small digits, with norm", with, 80);
    at_least(10, which + "points better than without", with - without, 0);
  }
}

TEST_CASE("article: a norm behind the input makes pixels of 0 to 255 as good as those of 0 to 1") {
  const Samples bytes = moved(training_digits(), 255, 0), test_bytes = moved(test_digits(), 255, 0);
  for (const bool norm : {true, false}) {
    const Sequential net = norm ? Sequential(Shape{49}, BatchNorm(for_input), Dense(64), Relu(), Dense(10)) : no_norm();
    const double from_unit = trained(net, training_digits(), test_digits(), 3, 64, 0.1);
    const double from_bytes = trained(net, bytes, test_bytes, 3, 64, 0.1);
    if (norm)
      at_most(30, "trained on 0..1 and on 0..255, norm first: difference in points", std::fabs(from_unit - from_bytes), 0.2);
    else
      at_least(30, "trained on 0..1 and on 0..255, no norm: points lost", from_unit - from_bytes, 5);
  }
}

TEST_CASE("article: sensors of different kinds are learnt from as if somebody had standardized them by hand") {
  const auto percent = [](bool norm, bool by_hand) {
    const Sequential net = norm ? Sequential(Shape{5}, BatchNorm(for_input), Dense(16), Relu(), Dense(2))
                                : Sequential(Shape{5}, Dense(16), Relu(), Dense(2));
    return trained(net, sensors(4000, 32, by_hand), sensors(4000, 33, by_hand), 5, 64, 0.1);
  };
  const double normed = percent(true, false);
  at_least(32, "classifier of five sensors, with norm: points better than by hand", normed - percent(false, true), -0.5);
  at_least(32, "classifier of five sensors, with norm: points better than raw", normed - percent(false, false), 5);
}

TEST_CASE("article: a network can be taken to where inputs have another scale and offset") {
  // x' = scale x + offset. Where the offset is as large as the new range, what is left of the jump after 5,000 samples, a share of
  // alpha^5000 = 0.7 %, is still felt by pixels of small deviation: those want 6,000. The mean of eight trainings is looked at.
  struct Away {
    double scale, offset;
    std::size_t samples;
    const char* name;
  };
  const Away places[] = {
      {255, 0, 5000, "255 x"}, {255, 50, 5000, "255 x + 50"}, {2, -1, 5000, "2 x - 1"}, {255, 255, 6000, "255 x + 255"}};
  std::vector<Samples> elsewhere, judged;
  for (const Away& away : places) {
    elsewhere.push_back(moved(training_digits(), away.scale, away.offset));
    judged.push_back(moved(test_digits(), away.scale, away.offset));
  }
  for (const bool norm : {true, false}) {
    double lost[4] = {};
    for (std::uint64_t seed = 42; seed < 50; ++seed) {
      Classifier net(norm ? Sequential(Shape{49}, OnlineNorm(for_input), Dense(64), Relu(), Dense(10)) : no_norm(), seed);
      net.train(training_digits(), 3, 64, 0.1);
      const Weights::Snapshot learnt = net.weights().snapshot();
      for (std::size_t i = 0; i < 4; ++i) {
        const double home = net.accuracy(test_digits());
        net.adapt(elsewhere[i], places[i].samples);
        lost[i] += (home - net.accuracy(judged[i])) / 8;
        net.weights().restore(learnt);
      }
    }
    for (std::size_t i = 0; i < 4; ++i) {
      const std::string which = std::string("shared with a place where x is ") + places[i].name;
      if (norm) at_most(42, which + ", " + std::to_string(places[i].samples) + " samples: points lost", lost[i], 0.5);
      if (!norm && places[i].offset != 0) at_least(42, which + ", no norm: points lost", lost[i], 20);
    }
  }
}

}  // namespace cambium::article
