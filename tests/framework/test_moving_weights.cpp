// Weights that move on the way back, strip by strip, while their gradient is in cache: that must not show in a bit of what comes
// out.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "cambium/cambium.h"
#include "tests/support/odd_layers.h"
#include "tests/support/random_graph.h"
#include "tests/support/values.h"

using namespace cambium;

namespace {

// No statistics, so that one sample is enough. All settings that a parameter can have.
Graph settings_of_all_kinds() {
  Graph g;
  const Node x = g.then(g.input(Shape{2, 9, 9}), Conv2d(5, {.kernel = 3}), With({.l2 = 0.02}, Affine()), Relu(), MaxPool2d(2),
                        Flatten(), With({.rate = 0.5, .l1 = 1e-3}, Dense(130)), Tanh());
  const Node left = g.then(x, With({.limit = 0.1}, Dense(70))),
             right = g.then(x, With({.freeze = true}, Dense(70, {.bias = false})));
  const Node y = g.join(Bilinear(90), {left, right});
  g.output(
      g.then(g.join(Concat(), {y, x, y}), With({.l2 = 1e-2}, Dense(140, {.bias = false})), Affine(), Dense(470), Tanh(), Dense(7)));
  return g;
}

std::vector<std::unique_ptr<Optimizer>> optimizers() {
  std::vector<std::unique_ptr<Optimizer>> all;
  all.push_back(std::make_unique<Sgd>(SgdOptions{.rate = 0.05}));
  all.push_back(std::make_unique<Sgd>(SgdOptions{.rate = 0.02, .momentum = 0.9, .weight_decay = 1e-3}));
  all.push_back(std::make_unique<Sgd>(SgdOptions{.rate = 0.02, .momentum = 0.9, .nesterov = true, .clip_value = 0.01}));
  all.push_back(std::make_unique<Adam>(AdamOptions{.rate = 0.01, .weight_decay = 1e-3, .clip_value = 0.01}));
  all.push_back(std::make_unique<AdamW>(AdamWOptions{.rate = 0.01, .weight_decay = 0.1}));
  all.push_back(std::make_unique<AdamW>(AdamWOptions{.rate = 0.01, .clip_norm = 0.1}));
  return all;
}

struct Moved {
  std::vector<real> weights, moments, gradients;
};

// Three steps, in the second of which the gradients of two batches are added up.
Moved train(int batch, PlanOptions options, std::unique_ptr<Optimizer> optimizer, bool inside) {
  RandomCase c(settings_of_all_kinds(), 4, batch);
  options.mode = Mode::train, options.batch = std::max(options.batch, batch);
  Plan plan(c.graph, c.weights, options);
  for (int step = 0; step < 3; ++step) {
    if (step == 1) plan.forward(c.data.inputs), c.loss.evaluate(plan), plan.backward();
    plan.forward(c.data.inputs), c.loss.evaluate(plan);
    if (inside)
      plan.backward(optimizer.get());
    else
      plan.backward(), optimizer->step(c.weights);
    CHECK(plan.finite());
  }
  Moved moved{copy_of(c.weights.block()), {}, copy_of(c.weights.gradient_block())};
  for (const Optimizer::Block& block : optimizer->blocks())
    moved.moments.insert(moved.moments.end(), block.values.begin(), block.values.end());
  return moved;
}

}  // namespace

TEST_CASE("weights that move on the way back have the bits of a step afterwards, for one sample, a few, and many") {
  for (std::size_t kind = 0; kind < optimizers().size(); ++kind)
    for (int batch : {1, 2, 33}) {
      INFO("optimizer ", kind, ", batch ", batch);
      const auto run = [&](PlanOptions options, bool inside) {
        return train(batch, options, std::move(optimizers()[kind]), inside);
      };
      const Moved expected = run({}, false), inside = run({}, true), larger = run({.batch = 40, .threads = 2}, true);
      CHECK(same(inside.weights, expected.weights));
      CHECK(same(inside.moments, expected.moments));
      CHECK(same(larger.weights, expected.weights));
      const Moved shared = run({.threads = 3}, true);
      CHECK(same(shared.weights, expected.weights));
      CHECK(same(shared.moments, expected.moments));
      const Moved retained = run({.retain_gradients = true}, true);
      CHECK(same(retained.weights, expected.weights));
      CHECK(same(retained.gradients, expected.gradients));
    }
}

TEST_CASE("where the gradient of a strip is not finite its weights stay, and one can see what it was") {
  const std::string weight = "dense_2.weight";
  const auto row = [](const std::vector<real>& all, int r) {
    return std::vector<real>(&all[static_cast<std::size_t>(r * 100)], &all[static_cast<std::size_t>(r * 100)] + 100);
  };
  for (int batch : {1, 2, 40})
    for (bool overflow : {false, true}) {
      INFO("batch ", batch);
      RandomCase c(Sequential(Shape(30), Dense(100, {.bias = false}), Dense(1200)), 2, batch);
      Plan plan(c.graph, c.weights, {.batch = batch, .mode = Mode::train, .threads = 2, .observe = {"dense_2"}});
      Sgd sgd({.rate = 0.1});
      plan.forward(c.data.inputs);
      const ConstView x = plan.input_of("dense_2");
      REQUIRE(*std::max_element(x.data, x.data + 100) > 1);
      std::fill(plan.output_gradient().begin(), plan.output_gradient().end(), real(1));
      plan.output_gradient().data[1150] = overflow ? std::numeric_limits<real>::max() : not_a_number;
      const std::vector<real> before = copy_of(c.weights.value(weight));
      plan.backward(&sgd);
      CHECK(!plan.finite());
      CHECK(c.weights.gradients_used());
      const std::vector<real> after = copy_of(c.weights.value(weight)), gradient = copy_of(c.weights.gradient(weight));
      CHECK(same(row(after, 1150), row(before, 1150)));
      CHECK(same(row(after, 0), row(before, 0)) == !overflow);  // what comes from the loss is looked at before anything moves
      CHECK(std::all_of(after.begin(), after.end(), [](real w) { return std::isfinite(w); }));
      const std::vector<real> failed = row(gradient, 1150);
      CHECK(!std::all_of(failed.begin(), failed.end(), [](real g) { return std::isfinite(g); }));
    }
}

TEST_CASE("threads: where a gradient is not finite, which weights move does not depend on the number of threads") {
  for (int batch : {1, 2}) {
    RandomCase c(Sequential(Shape(30), Dense(100), Dense(1200)), 2, batch);
    const Weights::Snapshot start = c.weights.snapshot();
    const auto run = [&](int threads) {
      c.weights.restore(start);
      Plan plan(c.graph, c.weights, {.batch = batch, .mode = Mode::train, .threads = threads});
      Sgd sgd({.rate = 0.1});
      plan.forward(c.data.inputs);
      std::fill(plan.output_gradient().begin(), plan.output_gradient().end(), real(1e-3));
      plan.output_gradient().data[650] = std::numeric_limits<real>::max();
      plan.backward(&sgd);
      CHECK(!plan.finite());
      return copy_of(c.weights.block());
    };
    const std::vector<real> one = run(1);
    for (int threads : {2, 3, 8}) CHECK(same(run(threads), one));
  }
}
