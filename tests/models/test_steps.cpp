// The models that ship, a few steps each: no memory taken, and the same bits for any number of threads.

#include <doctest/doctest.h>

#include <cmath>

#include "cambium/models/table.h"
#include "tests/support/count_allocations.h"
#include "tests/support/random_graph.h"
#include "tests/support/training.h"

using namespace cambium;
using namespace cambium::models;

namespace {

constexpr int classes = 10;
const Shape image{1, 28, 28};

std::uint64_t hash_after_steps(const Recipe& recipe, int threads) {
  const Graph graph = recipe.model(image, classes);
  Weights weights(graph, 3);
  Plan plan(graph, weights, {.batch = 24, .mode = Mode::train, .threads = threads});
  const std::unique_ptr<Optimizer> optimizer = make_optimizer(recipe.optimizer, recipe.rate);
  const SoftmaxCrossEntropy loss;
  TrainedWeights trained;
  for (int step = 0; step < 3; ++step) {
    const MadeBatch data(graph, step == 1 ? 13 : 24, static_cast<std::uint64_t>(step));
    trained.loss = loss.evaluate(plan.forward(data.inputs), data.labels, plan.output_gradient());
    plan.backward(optimizer.get());
  }
  trained.values.assign(weights.block().begin(), weights.block().end());
  trained.state.assign(weights.state_block().begin(), weights.state_block().end());
  CHECK(std::isfinite(trained.loss));
  return trained.hash();
}

}  // namespace

TEST_CASE("threads: a steady step of every model takes no memory, in training and in evaluation") {
  for (const Recipe& recipe : recipes()) {
    INFO(recipe.name);
    RandomCase c(recipe.model(image, classes), 1, 8);
    const MadeBatch shorter(c.graph, 5, 2);
    Plan train(c.graph, c.weights, {.batch = 8, .mode = Mode::train, .threads = 2}),
        evaluate(c.graph, c.weights, {.batch = 8, .threads = 2});
    const std::unique_ptr<Optimizer> optimizer = make_optimizer(recipe.optimizer, recipe.rate);
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

TEST_CASE("threads: mlp, conv_bn and online_conv have one hash each for 1, 2, 3 and 8 threads") {
  for (const char* name : {"mlp", "conv_bn", "online_conv"}) {
    INFO(name);
    const std::uint64_t one = hash_after_steps(recipe(name), 1);
    for (int threads : {2, 3, 8}) CHECK(hash_after_steps(recipe(name), threads) == one);
  }
}

TEST_CASE("a step of a model at a batch of one takes no memory") {
  for (const Recipe& recipe : recipes()) {
    INFO(recipe.name);
    const Graph graph = recipe.model(image, classes);
    try {
      graph.check(1, Mode::train);
    } catch (const Error&) {
      continue;  // a batch norm that needs more
    }
    RandomCase c(graph, 1, 1);
    Plan plan(c.graph, c.weights, {.mode = Mode::train});
    const std::unique_ptr<Optimizer> optimizer = make_optimizer(recipe.optimizer, recipe.rate);
    const auto step = [&] { plan.forward(c.data.inputs), c.loss.evaluate(plan), plan.backward(optimizer.get()); };
    step();
    const cambium_tests::AllocationCount count;
    step(), step();
    CHECK(count.since() == 0);
  }
}
