// Ways of running a random graph that must not show in what comes out.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "cambium/cambium.h"
#include "cambium/framework/planning/build_timetable.h"
#include "tests/support/count_allocations.h"
#include "tests/support/random_graph.h"

using namespace cambium;

namespace {

constexpr bool single = sizeof(real) == 4;

enum class Kind { sgd, adam, clipped };
constexpr Kind kinds[] = {Kind::sgd, Kind::adam, Kind::clipped};

std::unique_ptr<Optimizer> make(Kind kind) {
  if (kind == Kind::sgd)
    return std::make_unique<Sgd>(
        SgdOptions{.rate = 0.02, .momentum = 0.9, .nesterov = true, .weight_decay = 1e-3, .clip_value = 0.5});
  if (kind == Kind::adam) return std::make_unique<Adam>(AdamOptions{.rate = 0.01, .weight_decay = 1e-3});
  return std::make_unique<AdamW>(AdamWOptions{.rate = 0.01, .clip_norm = 0.1});
}

// Four steps, one of them short. What the weights and the state are then, and what the losses were.
struct Trained {
  Weights::Snapshot weights;
  std::vector<double> losses;
  bool operator==(const Trained& other) const {
    return weights.values == other.weights.values && weights.state == other.weights.state && losses == other.losses;
  }
};

Trained train(std::uint64_t seed, int batch, const RandomGraphOptions& graph, PlanOptions options, Kind kind, StepIs where) {
  RandomCase c(seed, batch, graph);
  options.batch = batch, options.mode = Mode::train;
  Plan plan(c.graph, c.weights, options);
  const std::unique_ptr<Optimizer> optimizer = make(kind);
  Trained result;
  for (int step = 0; step < 4; ++step) {
    const MadeBatch data(c.graph, step == 2 ? batch / 2 + 1 : batch, seed + static_cast<std::uint64_t>(step));
    plan.forward(data.inputs);
    result.losses.push_back(c.loss.evaluate(plan));
    if (where == StepIs::inside_backward)
      plan.backward(optimizer.get());
    else
      plan.backward(), optimizer->step(c.weights);
  }
  result.weights = c.weights.snapshot();
  return result;
}

std::vector<std::string> layers(const Graph& graph) {
  std::vector<std::string> names;
  for (const Graph::Entry& entry : graph.entries())
    if (entry.layer) names.push_back(entry.name);
  return names;
}

}  // namespace

TEST_CASE("fused or not, a random graph gives the same, but for rounding") {
  double worst = 0;
  int fused = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    INFO("graph of seed ", seed);
    RandomCase c(seed, 6);
    const Timetable timetable = make_timetable(c.graph, c.weights, {.batch = 6, .mode = Mode::train}, best_isa());
    fused += timetable.ops.size() < layers(c.graph).size();
    const double difference = apart(c.step({.fuse = false}), c.step({.fuse = true}));
    CHECK(difference <= (single ? 1e-3 : 1e-11));
    worst = std::max(worst, difference);
  }
  CHECK(fused > 50);  // a normalization right after the input is a pass of its own
  MESSAGE(fused, " of 200 graphs fused; largest relative difference over all their tensors: ", worst);
}

TEST_CASE("threads: random graphs cut over 2, 3 and 8 threads have the bits of one") {
  int cut = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    INFO("graph of seed ", seed);
    const RandomGraphOptions large{.most_layers = 10, .settings = true, .large = true};
    RandomCase c(seed, 2, large);
    const Stages stages = make_timetable(c.graph, c.weights, {.batch = 64, .mode = Mode::train}, best_isa()).stages;
    for (const std::vector<Stage>* way : {&stages.forward, &stages.backward})
      for (const Stage& stage : *way) cut += stage.cut(64).slices > 1;
    const auto run = [&](int threads) { return train(seed, 64, large, {.threads = threads}, Kind::sgd, StepIs::inside_backward); };
    const Trained one = run(1);
    for (int threads : {2, 3, 8}) CHECK(run(threads) == one);
  }
  CHECK(cut > 6);  // stages with anything to share out
}

TEST_CASE("threads: an optimizer inside backward has the bits of one after it, on random graphs with settings of all kinds") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    INFO("graph of seed ", seed);
    const Kind kind = kinds[seed % 3];
    const PlanOptions options{.threads = seed % 10 == 0 ? 2 : 1};
    const RandomGraphOptions graph{.settings = true};
    CHECK(train(seed, 5, graph, options, kind, StepIs::inside_backward) == train(seed, 5, graph, options, kind, StepIs::separate));
  }
}

TEST_CASE("looking at layers changes no bit of a training") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    INFO("graph of seed ", seed);
    const std::vector<std::string> all = layers(random_graph(seed));
    // With input gradients, so that with and without observers the gradient goes all the way: the controller of an online norm that
    // nobody asks for a gradient rests.
    const auto run = [&](std::vector<std::string> observe) {
      const PlanOptions options{.observe = std::move(observe), .input_gradient = true, .fuse = false};
      return train(seed, 5, {}, options, Kind::adam, StepIs::inside_backward);
    };
    const Trained expected = run({});
    CHECK(run(all) == expected);
    CHECK(run({all[all.size() / 2]}) == expected);
  }
}

TEST_CASE("a plan for more samples gives the bits of one for just so many") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    INFO("graph of seed ", seed);
    RandomCase c(seed, 3);
    CHECK(c.step({.batch = 3}) == c.step({.batch = 3 + static_cast<int>(seed % 7)}));
  }
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    RandomCase c(seed, 20, {.most_layers = 8, .large = true});
    CHECK(c.step({.batch = 20}) == c.step({.batch = 33}));
  }
}

TEST_CASE("a plan that was used for other data, and a larger batch, is as good as new") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    INFO("graph of seed ", seed);
    RandomCase c(seed, 4), larger(seed, 7);
    const StepValues expected = c.step(PlanOptions{});
    Plan plan(c.graph, c.weights, {.batch = 7, .mode = Mode::train, .input_gradient = true});
    for (int i = 0; i < 2; ++i) {
      plan.forward(larger.data.inputs);
      for (int k = 0; k < plan.outputs(); ++k) std::fill(plan.output_gradient(k).begin(), plan.output_gradient(k).end(), real(1));
      const Weights::Snapshot before = c.weights.snapshot();
      plan.backward();
      c.weights.restore(before);
      CHECK(c.step(plan) == expected);
    }
  }
}

TEST_CASE("evaluation leaves weights and state as they are, and does not disturb a training") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    INFO("graph of seed ", seed);
    RandomCase c(seed, 5);
    const StepValues expected = c.step(PlanOptions{});
    Plan train(c.graph, c.weights, {.batch = 5, .mode = Mode::train, .input_gradient = true}),
        evaluate(c.graph, c.weights, {.batch = 5});
    const Weights::Snapshot before = c.weights.snapshot();
    evaluate.forward(c.data.inputs);
    std::vector<real> first(evaluate.output().begin(), evaluate.output().end());
    evaluate.forward(c.data.inputs);
    CHECK(first == std::vector<real>(evaluate.output().begin(), evaluate.output().end()));
    CHECK(c.weights.snapshot().values == before.values);
    CHECK(c.weights.snapshot().state == before.state);
    c.weights.mark_gradients_used();
    train.forward(c.data.inputs);
    evaluate.forward(c.data.inputs);
    c.loss.evaluate(train);
    train.backward();
    CHECK(std::vector<real>(c.weights.gradient_block().begin(), c.weights.gradient_block().end()) == expected.weight_gradients);
    CHECK(c.weights.snapshot().state == expected.state);
  }
}

TEST_CASE("gradients of several backward passes add up, and a step starts again") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    INFO("graph of seed ", seed);
    RandomCase c(seed, 5, {.settings = true});
    const MadeBatch other(c.graph, 4, seed + 50);
    Plan plan(c.graph, c.weights, {.batch = 5, .mode = Mode::train});
    const Weights::Snapshot before = c.weights.snapshot();
    const auto gradients = [&](std::span<const ConstView> x) {
      c.weights.restore(before);
      plan.set_pass_number(0);
      plan.forward(x), c.loss.evaluate(plan), plan.backward();
      return std::vector<real>(c.weights.gradient_block().begin(), c.weights.gradient_block().end());
    };
    c.weights.mark_gradients_used();
    const std::vector<real> a = gradients(c.data.inputs);
    c.weights.mark_gradients_used();
    const std::vector<real> b = gradients(other.inputs), sum = gradients(c.data.inputs);
    double worst = 0, largest = 1e-30;
    for (std::size_t i = 0; i < a.size(); ++i) {
      largest = std::max({largest, std::abs(static_cast<double>(a[i])), std::abs(static_cast<double>(b[i]))});
      worst = std::max(worst, std::abs(static_cast<double>(a[i]) + static_cast<double>(b[i]) - static_cast<double>(sum[i])));
    }
    CHECK(worst <= (single ? 1e-5 : 1e-13) * largest);
    make(Kind::sgd)->step(c.weights);
    CHECK(gradients(c.data.inputs) == a);
  }
}

TEST_CASE("threads: a steady step of a random graph takes no memory, on one and on two, with the optimizer inside and after") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    INFO("graph of seed ", seed);
    const Kind kind = kinds[seed % 3];
    RandomCase c(seed, 5, {.settings = true});
    Plan train(c.graph, c.weights, {.batch = 5, .mode = Mode::train, .threads = 1 + static_cast<int>(seed % 2)}),
        evaluate(c.graph, c.weights, {.batch = 5});
    const std::unique_ptr<Optimizer> optimizer = make(kind);
    const MadeBatch shorter(c.graph, 3, seed);
    const auto steps = [&] {
      train.forward(c.data.inputs), c.loss.evaluate(train), train.backward(optimizer.get());
      train.forward(shorter.inputs), c.loss.evaluate(train), train.backward(), optimizer->step(c.weights);
      evaluate.forward(c.data.inputs);
    };
    steps();
    const cambium_tests::AllocationCount count;
    steps();
    CHECK(count.since() == 0);
  }
}

TEST_CASE("threads: a step on large random graphs takes no memory") {
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    RandomCase c(seed, 32, {.most_layers = 8, .large = true});
    Plan plan(c.graph, c.weights, {.batch = 32, .mode = Mode::train, .threads = 3});
    const std::unique_ptr<Optimizer> optimizer = make(Kind::adam);
    const auto step = [&] { plan.forward(c.data.inputs), c.loss.evaluate(plan), plan.backward(optimizer.get()); };
    step();
    const cambium_tests::AllocationCount count;
    step(), step();
    CHECK(count.since() == 0);
  }
}
