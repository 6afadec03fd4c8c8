#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "cambium/framework/base/denormals.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/thread_pool.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/framework/planning/plan.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/optimizers/adamw.h"
#include "cambium/optimizers/first_order.h"
#include "cambium/optimizers/sgd.h"
#include "tests/support/training.h"

#if defined(__SSE__) || defined(__aarch64__)

namespace cambium {
namespace {

constexpr real smallest = std::numeric_limits<real>::min();  // of the normal ones

bool flushes() {
  volatile real x = smallest;
  x = x / 2;
  return x * 2 == 0;
}

bool some_denormal(std::span<const real> values) {
  return std::any_of(values.begin(), values.end(), [](real x) { return std::fpclassify(x) == FP_SUBNORMAL; });
}

Graph net() { return Sequential(Shape(50), Dense(8), Relu(), Dense(3)); }

// Steps on samples of which only one value is not 0, another one each time: what belongs to the others decays.
struct Sparse {
  Graph graph = net();
  Weights weights{graph, 3};
  Plan plan;
  std::vector<real> x = std::vector<real>(50);
  explicit Sparse(int threads) : plan(graph, weights, {.batch = 1, .mode = Mode::train, .threads = threads}) {}

  void step(Optimizer& optimizer, int t, bool by_hand = false) {
    const SoftmaxCrossEntropy loss;
    std::fill(x.begin(), x.end(), real(0));
    x[t < 100 ? static_cast<std::size_t>(t % 50) : 0] = 1;
    const std::vector<int> label = {t % 3};
    loss.evaluate(plan.forward(ConstView{x.data(), Shape(50), 1}), label, plan.output_gradient());
    if (by_hand)
      plan.backward(), optimizer.step(weights);
    else
      plan.backward(&optimizer);
  }
};

// A rule without a kernel, whose moment decays.
struct Decaying : FirstOrder {
  Decaying() : FirstOrder({.kind = "decaying", .rate = 0.01}, {"m"}) {}
  void move(const Piece& p) noexcept override {
    for (std::size_t i = 0; i < p.count; ++i) p.weight[i] -= p.rate * (p.moments[0][i] = p.moments[0][i] / 2 + p.gradient[i]);
  }
  Description describe() const override { return {kind(), {}}; }
};

std::vector<std::unique_ptr<Optimizer>> optimizers() {
  std::vector<std::unique_ptr<Optimizer>> all;
  all.push_back(std::make_unique<Sgd>(SgdOptions{.rate = 0.01, .momentum = sizeof(real) == 4 ? 0.9 : 0.4}));
  all.push_back(std::make_unique<Sgd>(SgdOptions{.rate = 0.01, .momentum = 0.4, .clip_norm = 1}));
  all.push_back(std::make_unique<Adam>(AdamOptions{.beta1 = sizeof(real) == 4 ? 0.9 : 0.4}));
  all.push_back(std::make_unique<AdamW>(AdamWOptions{.beta1 = 0.4, .beta2 = 0.4}));
  all.push_back(std::make_unique<Decaying>());
  return all;
}

}  // namespace

TEST_CASE("denormals: what decays ends at 0, and the caller's mode is as it was") {
  REQUIRE_FALSE(flushes());
  for (std::size_t kind = 0; kind < optimizers().size(); ++kind)
    for (const int threads : {1, 2})
      for (const bool by_hand : {false, true}) {
        INFO("optimizer ", kind, ", ", threads, " threads, by hand ", by_hand);
        Sparse run(threads);
        const auto optimizer = std::move(optimizers()[kind]);
        for (int t = 0; t < 1200; ++t) {
          run.step(*optimizer, t, by_hand);
          REQUIRE_FALSE(flushes());
          for (const Optimizer::Block& moment : optimizer->blocks()) REQUIRE_FALSE(some_denormal(moment.values));
        }
        CHECK(std::count(optimizer->blocks()[0].values.begin(), optimizer->blocks()[0].values.end(), real(0)) > 100);
      }
}

TEST_CASE("denormals: the caller's mode shows in no result, nor does the number of threads") {
  for (std::size_t kind = 0; kind < optimizers().size(); ++kind) {
    const auto run = [&](bool flush, int threads) {
      std::optional<FlushDenormals> mode;
      if (flush) mode.emplace();
      Sparse sparse(threads);
      const auto optimizer = std::move(optimizers()[kind]);
      for (int t = 0; t < 1200; ++t) sparse.step(*optimizer, t, t % 2 == 0);
      CHECK(flushes() == flush);
      std::vector<real> all(std::as_const(sparse.weights).block().begin(), std::as_const(sparse.weights).block().end());
      for (const Optimizer::Block& moment : optimizer->blocks()) all.insert(all.end(), moment.values.begin(), moment.values.end());
      return all;
    };
    const std::vector<real> expected = run(false, 1);
    CHECK(run(true, 1) == expected);
    CHECK(run(false, 3) == expected);
    CHECK(run(true, 3) == expected);
  }
}

TEST_CASE("denormals: the caller's mode is as it was when a call ends in an Error") {
  Sparse run(1);
  CHECK_THROWS_AS(run.plan.forward(ConstView{run.x.data(), Shape(49), 1}), Error);
  CHECK_FALSE(flushes());
  CHECK_THROWS_AS(run.plan.backward(), Error);
  CHECK_FALSE(flushes());
  Adam needs_steps({.schedule = schedule::cosine()});
  CHECK_THROWS_AS(needs_steps.step(run.weights), Error);
  CHECK_FALSE(flushes());
}

TEST_CASE("denormals: neither a pass nor a loss makes any") {
  const real tiny = std::sqrt(smallest) / 4;  // its square is below all normal numbers
  Graph one = Sequential(Shape(1), Dense(1, {.bias = false}), Dense(1, {.bias = false}));
  Weights weights(one, 1);
  weights.value("dense_1.weight")[0] = weights.value("dense_2.weight")[0] = tiny;
  Plan plan(one, weights, {.mode = Mode::train, .input_gradient = true});
  const real x = 1;
  CHECK(plan.forward(ConstView{&x, Shape(1), 1}).data[0] == 0);
  plan.output_gradient().data[0] = 1;
  plan.backward();
  CHECK(plan.input_gradient().data[0] == 0);
  const real far = sizeof(real) == 4 ? real(92) : real(740);  // exp(-far) is below them too
  const real logits[2] = {far, 0};
  real dy[2] = {1, 1};
  SoftmaxCrossEntropy().evaluate({logits, Shape(2), 1}, std::vector<int>{0}, {dy, Shape(2), 1});
  CHECK(dy[1] == 0);
  CHECK_FALSE(flushes());
}

TEST_CASE("denormals: every thread of ours computes without them") {
  ThreadPool pool(3);
  REQUIRE(pool.count() == 3);
  pool.run(3, [](int, int) {});  // they have begun: a thread takes over the mode of who makes it
  const FlushDenormals flush;    // of thread 0, which is the caller's
  std::atomic<int> inside{0}, flushing{0};
  pool.run(3, [&](int, int) {
    flushing += flushes(), ++inside;
    while (inside < 3) std::this_thread::yield();  // so that nobody takes two
  });
  CHECK(flushing == 3);
}

TEST_CASE("denormals: one within another changes nothing, and both give back what they found") {
  {
    const FlushDenormals outer;
    CHECK(flushes());
    { const FlushDenormals inner; }
    CHECK(flushes());
  }
  CHECK_FALSE(flushes());
}

TEST_CASE("denormals: without them no weight goes elsewhere, by 1e-30") {
  constexpr std::size_t n = 1000;
  const real endless = static_cast<real>(INFINITY), as_it_is = 1;
  const auto run = [&](bool adam, bool flush) {
    std::optional<FlushDenormals> mode;
    if (flush) mode.emplace();
    std::vector<real> w(n, 1), g(n), m(n), v(n);
    for (std::size_t t = 0; t < 5000; ++t) {  // one at a time
      const std::size_t at = t * 7 % n;
      g[at] = static_cast<real>(Random(3).uniform(t, -1, 1));
      const GradientRows dw{g.data(), n, &as_it_is, 1};
      const GradientShape shape{endless, 0, 0, endless};
      if (adam)
        kernels(best_isa())
            .optimize.adam(w.data(), dw, m.data(), v.data(), {real(1e-3), real(0.9), real(0.999), 1, real(1e-8), 0}, shape);
      else
        kernels(best_isa()).optimize.sgd(w.data(), dw, v.data(), {real(1e-2), real(0.9), false}, shape);
      g[at] = 0;
    }
    if (sizeof(real) == 4) CHECK(some_denormal(adam ? m : v) == !flush);
    return w;
  };
  for (const bool adam : {false, true}) {
    const std::vector<real> with = run(adam, false), without = run(adam, true);
    for (std::size_t i = 0; i < n; ++i) REQUIRE(std::fabs(static_cast<double>(with[i]) - static_cast<double>(without[i])) < 1e-30);
  }
}

}  // namespace cambium

#endif
