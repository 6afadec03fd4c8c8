#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/planning/plan.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/squared_error.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/conv2d.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"

// Sums over a batch are as exact for a million samples as for ten. The terms are of one sign, and hardly differ: then roundings
// add up.
namespace cambium {
namespace {

// One forward and backward pass over a large batch.
struct Large {
  Graph graph;
  Weights weights;
  int batch;
  std::vector<real> x, dy;
  Plan plan;

  Large(Graph g, int samples, int threads = 2)
      : graph(std::move(g)),
        weights(graph, 1),
        batch(samples),
        x(values(0, graph.entries()[static_cast<std::size_t>(graph.inputs()[0])].shape.size(), 1)),
        dy(values(1, graph.entries()[static_cast<std::size_t>(graph.outputs()[0])].shape.size(), 0.1)),
        plan(graph, weights, {.batch = samples, .mode = Mode::train, .threads = threads}) {
    plan.forward({x.data(), graph.entries()[static_cast<std::size_t>(graph.inputs()[0])].shape, batch});
    std::copy(dy.begin(), dy.end(), plan.output_gradient().begin());
    plan.backward();
  }
  std::vector<real> values(std::uint64_t stream, int each, double around) const {
    std::vector<real> all(static_cast<std::size_t>(batch) * static_cast<std::size_t>(each));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<real>(around * Random(5).of(stream).uniform(i, 0.99, 1.01));
    return all;
  }

  // The error of a gradient beside what `term` adds up to: of weight k, over all samples.
  double error(const std::string& name, const std::function<double(std::size_t sample, std::size_t k)>& term) const {
    const std::span<const real> got = weights.gradient(name);
    double worst = 0;
    for (std::size_t k = 0; k < got.size(); ++k) {
      double sum = 0;
      for (std::size_t s = 0; s < static_cast<std::size_t>(batch); ++s) sum += term(s, k);
      worst = std::max(worst, std::fabs(static_cast<double>(got[k]) - sum) / std::fabs(sum));
    }
    return worst;
  }
};

double at(const std::vector<real>& all, std::size_t i) { return static_cast<double>(all[i]); }

constexpr double rounded = sizeof(real) == 4 ? 1e-6 : 1e-10;   // what was added up in double
constexpr double in_short = sizeof(real) == 4 ? 1e-5 : 1e-10;  // sums of a few hundred terms, added up in double

}  // namespace

TEST_CASE("large sums: weights and bias of a dense layer") {
  for (const int batch : {60'000, 1'000'000}) {
    const Large run(Sequential(Shape(3), Dense(2)), batch);
    CHECK(run.error("dense_1.bias", [&](std::size_t s, std::size_t k) { return at(run.dy, 2 * s + k); }) <= rounded);
    const auto product = [&](std::size_t s, std::size_t k) { return at(run.dy, 2 * s + k / 3) * at(run.x, 3 * s + k % 3); };
    CHECK(run.error("dense_1.weight", product) <= in_short);
  }
  const Large wide(Sequential(Shape(3), Dense(70)), 10'000);  // more outputs than are computed at once
  CHECK(wide.error("dense_1.weight", [&](std::size_t s, std::size_t k) {
    return at(wide.dy, 70 * s + k / 3) * at(wide.x, 3 * s + k % 3);
  }) <= in_short);
}

TEST_CASE("large sums: filters and bias of a convolution") {
  for (const int batch : {60'000, 1'000'000}) {
    const Large run(Sequential(Shape{1, 2, 3}, Conv2d(2, {.kernel = 2})), batch);  // two positions
    CHECK(run.error("conv2d_1.bias", [&](std::size_t s, std::size_t k) {
      return at(run.dy, 4 * s + 2 * k) + at(run.dy, 4 * s + 2 * k + 1);
    }) <= rounded);
    CHECK(run.error("conv2d_1.weight", [&](std::size_t s, std::size_t k) {
      const std::size_t first = 6 * s + k % 4 / 2 * 3 + k % 2, filter = 4 * s + 2 * (k / 4);
      return at(run.dy, filter) * at(run.x, first) + at(run.dy, filter + 1) * at(run.x, first + 1);
    }) <= in_short);
  }
}

TEST_CASE("large sums: scale and shift, alone and behind a norm") {
  const int batch = 1'000'000;
  const Large run(Sequential(Shape(3), Affine()), batch);
  CHECK(run.error("affine_1.beta", [&](std::size_t s, std::size_t k) { return at(run.dy, 3 * s + k); }) <= rounded);
  const auto product = [&](std::size_t s, std::size_t k) { return at(run.dy, 3 * s + k) * at(run.x, 3 * s + k); };
  CHECK(run.error("affine_1.gamma", product) <= rounded);
  const Large normed(Sequential(Shape(3), BatchNorm(), Affine()), batch);
  CHECK(normed.error("affine_1.beta", [&](std::size_t s, std::size_t k) { return at(normed.dy, 3 * s + k); }) <= rounded);
}

TEST_CASE("large sums: losses") {
  const int batch = 1'000'000;
  std::vector<real> y(static_cast<std::size_t>(2 * batch)), wanted(y.size(), 0);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<real>(Random(6).uniform(i, 0.99, 1.01));
  const std::vector<int> labels(static_cast<std::size_t>(batch), 1);
  double squares = 0, surprise = 0;
  for (const real v : y) squares += static_cast<double>(v) * static_cast<double>(v);
  for (std::size_t s = 0; s < labels.size(); ++s) surprise += std::log1p(std::exp(at(y, 2 * s) - at(y, 2 * s + 1)));
  const ConstView outputs{y.data(), Shape(2), batch};
  CHECK(SquaredError().evaluate(outputs, Target(ConstView{wanted.data(), Shape(2), batch}), {}) ==
        doctest::Approx(squares / (2.0 * batch)).epsilon(1e-11));
  CHECK(SoftmaxCrossEntropy().evaluate(outputs, Target(labels), {}) == doctest::Approx(surprise / batch).epsilon(1e-11));
}

TEST_CASE("large sums: gradients that are added to what is there, and any number of threads") {
  const auto make = [] { return Sequential(Shape{1, 4, 4}, Conv2d(3, {.kernel = 3})); };
  Large one(make(), 70'000, 1);
  const Large three(make(), 70'000, 3);
  for (const char* name : {"conv2d_1.weight", "conv2d_1.bias"})
    CHECK(std::ranges::equal(one.weights.gradient(name), three.weights.gradient(name)));
  one.weights.mark_gradients_used(false);
  one.plan.forward({one.x.data(), Shape{1, 4, 4}, one.batch});
  std::copy(one.dy.begin(), one.dy.end(), one.plan.output_gradient().begin());
  one.plan.backward();
  const std::span<const real> twice = one.weights.gradient("conv2d_1.weight"), once = three.weights.gradient("conv2d_1.weight");
  for (std::size_t i = 0; i < once.size(); ++i)
    CHECK(static_cast<double>(twice[i]) == doctest::Approx(2 * static_cast<double>(once[i])).epsilon(1e-6));
  // A plan for many samples runs few of them as any other plan does.
  Plan small(one.graph, one.weights, {.batch = 64, .mode = Mode::train});
  const auto gradient_of_few = [&](Plan& plan) {
    one.weights.mark_gradients_used();
    plan.forward({one.x.data(), Shape{1, 4, 4}, 64});
    std::copy_n(one.dy.begin(), plan.output_gradient().size(), plan.output_gradient().begin());
    plan.backward();
    return std::vector<real>(one.weights.gradient("conv2d_1.weight").begin(), one.weights.gradient("conv2d_1.weight").end());
  };
  CHECK(gradient_of_few(one.plan) == gradient_of_few(small));
}

}  // namespace cambium
