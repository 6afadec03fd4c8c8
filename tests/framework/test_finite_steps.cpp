#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/memory_dataset.h"
#include "cambium/framework/planning/plan.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/squared_error.h"
#include "cambium/framework/training/trainer.h"
#include "cambium/layers/linear/conv2d.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/shape/flatten.h"
#include "cambium/optimizers/adamw.h"
#include "cambium/optimizers/sgd.h"
#include "tests/support/training.h"

// What a step leaves, weights and moments, is finite, or the step says that it is not.
namespace cambium {
namespace {

constexpr real most = std::numeric_limits<real>::max();
constexpr bool single = sizeof(real) == 4;

bool all_finite(std::span<const real> values) {
  return std::all_of(values.begin(), values.end(), [](real x) { return std::isfinite(x); });
}

struct Case {
  Graph graph;
  Weights weights;
  MadeBatch data;
  Case(Graph g, int batch) : graph(std::move(g)), weights(graph, 3), data(graph, batch, 4) {}

  // One step whose output gradients are all `dy`.
  bool step(Plan& plan, Optimizer& optimizer, real dy) {
    plan.forward(data.inputs);
    std::fill(plan.output_gradient().begin(), plan.output_gradient().end(), dy);
    plan.backward(&optimizer);
    return plan.finite();
  }
};

Graph flat_net() { return Sequential(Shape(3), Dense(5), Dense(4)); }
Graph image_net() { return Sequential(Shape{1, 6, 6}, Conv2d(3, {.kernel = 3}), Flatten(), Dense(4)); }

// What one must know of a step to be told: where the loop of the optimizer runs, and what it looks at.
struct Own : Optimizer {
  bool moment = false;  // spoils its moment and not the weights
  std::vector<real> m;
  explicit Own(bool of_moment) : moment(of_moment) {}
  void begin(std::span<const Range>) noexcept override {}
  void update(const Range& range, std::size_t, std::size_t last) noexcept override {
    if (last == range.size) (moment ? m[range.offset + last - 1] : range.weight[last - 1]) = most * 2;
  }
  bool needs_whole_gradient() const noexcept override { return false; }
  void plan_steps(long) override {}
  long steps() const noexcept override { return 0; }
  void resume(long) override {}
  double rate() const noexcept override { return 1; }
  std::vector<Block> blocks() override { return {{"m", m}}; }
  Description describe() const override { return {"own", {}}; }
  void allocate(std::size_t size, Isa) override { m.resize(size); }
};

std::vector<std::function<std::unique_ptr<Optimizer>()>> spoilers() {
  constexpr double rate = 1e38, bound = single ? 1e6 : 1e290;  // a rate is a float, whatever the weights are
  return {[=] { return std::make_unique<Sgd>(SgdOptions{.rate = rate}); },
          [=] { return std::make_unique<Sgd>(SgdOptions{.rate = rate, .momentum = 0.9}); },
          [=] {
            const double clip = single ? bound : 0;  // squares of 1e300 are beyond double
            return std::make_unique<Sgd>(SgdOptions{.rate = rate, .momentum = 0.9, .nesterov = true, .clip_norm = clip});
          },
          [=] { return std::make_unique<Sgd>(SgdOptions{.rate = rate, .clip_value = bound}); },
          [] { return std::make_unique<Own>(false); },
          [] { return std::make_unique<Own>(true); }};
}

}  // namespace

TEST_CASE("a step that leaves an infinite weight or moment says so, wherever the optimizer's loop runs") {
  for (const auto& net : {flat_net, image_net})
    for (std::size_t kind = 0; kind < spoilers().size(); ++kind)
      for (const int batch : {1, 2, 33})
        for (const bool retain : {false, true}) {
          INFO("optimizer ", kind, ", batch ", batch, ", gradients retained ", retain);
          Case c(net(), batch);
          Plan plan(c.graph, c.weights, {.batch = batch, .mode = Mode::train, .threads = 2, .retain_gradients = retain});
          const auto optimizer = spoilers()[kind]();
          CHECK_FALSE(c.step(plan, *optimizer, single ? real(1e4) : real(1e300)));
        }
}

TEST_CASE("a step by hand says so too") {
  for (const auto& spoiler : spoilers()) {
    Case c(flat_net(), 2);
    Plan plan(c.graph, c.weights, {.batch = 2, .mode = Mode::train});
    const auto optimizer = spoiler();
    plan.forward(c.data.inputs);
    std::fill(plan.output_gradient().begin(), plan.output_gradient().end(), single ? real(1e4) : real(1e300));
    plan.backward();
    CHECK(plan.finite());
    CHECK_FALSE(optimizer->step(c.weights));
  }
  Case c(flat_net(), 2);
  Plan plan(c.graph, c.weights, {.batch = 2, .mode = Mode::train});
  Adam adam;
  CHECK(c.step(plan, adam, 1));
  plan.forward(c.data.inputs);
  plan.backward();
  CHECK(adam.step(c.weights));
}

TEST_CASE("an infinite velocity that a limit hides is found") {
  Case c(flat_net(), 2);
  c.weights.set("dense_2", {.limit = 1});
  c.weights.set("dense_1", {.freeze = true});
  Plan plan(c.graph, c.weights, {.batch = 2, .mode = Mode::train});
  Sgd sgd({.rate = 0.1, .momentum = 0.9});
  bool good = c.step(plan, sgd, most / 8);
  for (int t = 0; t < 20 && good; ++t) good = c.step(plan, sgd, most / 8);
  CHECK_FALSE(good);
  CHECK(all_finite(c.weights.value("dense_2.bias")));
  CHECK_FALSE(all_finite(sgd.blocks()[0].values));
}

TEST_CASE("a gradient that Adam cannot square moves nothing, and the next step is as if it had not been") {
  const real huge = single ? real(1e21) : real(1e160);
  for (const auto& net : {flat_net, image_net})
    for (const int batch : {1, 2, 33})
      for (const bool by_hand : {false, true}) {
        INFO("batch ", batch, ", by hand ", by_hand);
        Case c(net(), batch);
        const std::string& first = c.weights.tensors()[0].name;  // one layer learns: then nothing has moved before it
        c.weights.set(first.substr(0, first.find('.')), {.freeze = true});
        Plan plan(c.graph, c.weights, {.batch = batch, .mode = Mode::train});
        Adam adam({.rate = 0.01});
        const std::vector<real> before(std::as_const(c.weights).block().begin(), std::as_const(c.weights).block().end());
        if (by_hand) {
          plan.forward(c.data.inputs);
          std::fill(plan.output_gradient().begin(), plan.output_gradient().end(), huge);
          plan.backward();
          CHECK(plan.finite());
          CHECK_FALSE(adam.step(c.weights));
          CHECK(adam.steps() == 0);
        } else {
          CHECK_FALSE(c.step(plan, adam, huge));
        }
        CHECK(c.weights.gradients_used());
        CHECK(std::ranges::equal(before, std::as_const(c.weights).block()));
        for (const Optimizer::Block& moment : adam.blocks())
          CHECK(std::all_of(moment.values.begin(), moment.values.end(), [](real x) { return x == 0; }));
        CHECK(c.step(plan, adam, 1));
        CHECK_FALSE(std::ranges::equal(before, std::as_const(c.weights).block()));
        Sgd sgd({.rate = 1e-30});
        CHECK(c.step(plan, sgd, huge));
        Adam clipped({.rate = 0.01, .clip_value = 1});
        CHECK(c.step(plan, clipped, huge));
      }
}

TEST_CASE("fit ends at the step that left infinite weights, and names one; the last step of all is no exception") {
  std::vector<real> x(64 * 3, 1);
  std::vector<int> labels(64, 1);
  const MemoryDataset data(Shape(3), x, labels, 4);
  Trainer trainer(flat_net(), SoftmaxCrossEntropy(), Sgd({.rate = 3e38}), {.batch = 64});
  if (single)
    CHECK_THROWS_WITH_AS(trainer.fit(data), doctest::Contains(".weight is not finite after the step, at a rate of 3e38"), Error);
  Trainer once_more(flat_net(), SoftmaxCrossEntropy(), Own(true), {.batch = 64});
  CHECK_THROWS_WITH_AS(once_more.fit(data),
                       doctest::Contains("step 1 of 1: the moment m of dense_1.weight is not finite after the step"), Error);
  CHECK_THROWS_WITH_AS(once_more.fit(data), doctest::Contains("; the moments begin again with set_optimizer"), Error);
  once_more.set_optimizer(Sgd({.rate = 0.01}));
  CHECK(once_more.fit(data, {.epochs = 2}).epochs.size() == 2);
}

TEST_CASE("fit tells of a gradient that Adam cannot square") {
  const real huge = single ? real(1e21) : real(1e160);
  std::vector<real> x(4 * 3, 1), y(4 * 4, huge);
  const MemoryDataset data(Shape(3), x, Shape(4), y);
  Trainer trainer(flat_net(), SquaredError(), Adam(), {.batch = 4});
  const char* const limit = single ? ", and adam takes at most 1.84e+19" : ", and adam takes at most 1.34e+154";
  CHECK_THROWS_WITH_AS(trainer.fit(data), doctest::Contains(limit), Error);
  CHECK(all_finite(std::as_const(trainer.weights()).block()));
}

}  // namespace cambium
