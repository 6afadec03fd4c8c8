// Who owns what: models that are moved, kept in vectors and destroyed in any order; trainers that begin again.
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cambium/cambium.h"

namespace cambium {
namespace {

const std::vector<real> x = {1, -2, 3, 0, 2, 1, -1, 4};
ConstView samples() { return {x.data(), Shape(4), 2}; }

Sequential small_net() { return Sequential(Shape(4), Dense(5), BatchNorm(), Relu(), Dense(3)); }

struct Model {
  Graph graph = small_net();
  Weights weights{graph, 7};
  Plan plan{graph, weights, {.batch = 2, .mode = Mode::train}};
};

std::vector<real> outputs(Plan& plan) {
  const ConstView y = plan.forward(samples());
  return {y.begin(), y.end()};
}

std::vector<real> values(const Weights& weights) { return {weights.block().begin(), weights.block().end()}; }

// One step; the gradient of the outputs is 1 everywhere.
void train(Plan& plan, Weights& weights, Optimizer& optimizer) {
  plan.forward(samples());
  for (real& g : plan.output_gradient()) g = 1;
  plan.backward();
  optimizer.step(weights);
}

MemoryDataset set() {
  std::vector<real> values;
  std::vector<int> labels;
  for (int i = 0; i < 24; ++i) {
    for (int k = 0; k < 4; ++k) values.push_back(static_cast<real>(Random(3).normal(static_cast<std::uint64_t>(4 * i + k))));
    labels.push_back(i % 3);
  }
  return MemoryDataset(Shape(4), std::move(values), std::move(labels), 3);
}

Trainer small_trainer(std::uint64_t seed) {
  return Trainer(small_net(), SoftmaxCrossEntropy(), Adam({.rate = 0.01}), {.batch = 8, .seed = seed, .threads = 1});
}

TEST_CASE("what was moved from is still of use, or says what it lacks") {
  Trainer trainer = small_trainer(1);
  Predictor first = trainer.predictor();
  const Predictor second = std::move(first);
  CHECK(first.predict(samples()) == second.predict(samples()));  // NOLINT: that is the question

  Model model;
  Adam adam;
  const Adam other = std::move(adam);
  model.plan.forward(samples());
  for (real& g : model.plan.output_gradient()) g = 1;
  model.plan.backward(&adam);  // NOLINT
  CHECK(adam.steps() == 1);
  CHECK(other.steps() == 0);

  Graph graph;
  const Node in = graph.input(Shape(4));
  Item item = Dense(3);
  graph.then(in, std::move(item));
  CHECK_THROWS_WITH_AS(graph.then(in, item), doctest::Contains("there is no layer to add"), Error);  // NOLINT
  CHECK_THROWS_WITH_AS(Losses({std::shared_ptr<const Loss>()}), "losses: number 1 is null; try std::make_shared<SquaredError>()",
                       Error);
}

TEST_CASE("a copy of an optimizer's copy looks at its own moments") {
  Model model;
  std::optional<Adam> first(std::in_place, AdamOptions{.rate = 0.1});
  train(model.plan, model.weights, *first);
  const Adam copy = *first;
  first.reset();
  first.emplace(copy);  // at the same address
  train(model.plan, model.weights, *first);
  CHECK(first->steps() == 2);
  CHECK(copy.steps() == 1);
}

TEST_CASE("a callback moves its trainer, or puts another one in its place: fit goes on with the one that it began with") {
  const MemoryDataset data = set();
  std::vector<Trainer> trainers;
  trainers.push_back(small_trainer(1));
  FitOptions options{.epochs = 3, .validate = &data};
  options.on_step = [&](StepReport&) {
    if (trainers.size() < 40) trainers.push_back(small_trainer(2));
  };
  Trainer alone = small_trainer(1);
  const History expected = alone.fit(data, {.epochs = 3, .validate = &data}), history = trainers[0].fit(data, options);
  REQUIRE(history.epochs.size() == 3);
  CHECK(history.epochs[2].validation.loss == expected.epochs[2].validation.loss);
  CHECK(values(trainers[0].weights()) == values(alone.weights()));

  Trainer replaced = small_trainer(1);
  options.on_step = [&](StepReport& report) {
    if (report.total_steps == 1) replaced = small_trainer(9);
  };
  CHECK(replaced.fit(data, options).epochs[2].loss == expected.epochs[2].loss);
  const Graph net = small_net();
  CHECK(values(replaced.weights()) == values(Weights(net, 9)));
}

}  // namespace

TEST_CASE("a model that is moved goes on with the weights that it had") {
  Model alone;
  const std::vector<real> expected = outputs(alone.plan);
  std::vector<Model> models;
  for (int i = 0; i < 9; ++i) models.emplace_back();
  models.erase(models.begin() + 2);
  std::swap(models[0], models[5]);
  for (Model& model : models) {
    CHECK(outputs(model.plan) == expected);
    Sgd sgd({.rate = 0.1});
    const std::vector<real> before = values(model.weights);
    train(model.plan, model.weights, sgd);
    CHECK(values(model.weights) != before);
    CHECK(outputs(model.plan) != expected);  // the plan sees what the step did
  }
}

TEST_CASE("plans, weights and graph may go in any order") {
  Model alone;
  const std::vector<real> expected = outputs(alone.plan);
  for (int order = 0; order < 3; ++order) {
    auto graph = std::make_unique<Graph>(small_net());
    auto weights = std::make_unique<Weights>(*graph, 7);
    auto plan = std::make_unique<Plan>(*graph, *weights, PlanOptions{.batch = 2, .mode = Mode::train});
    if (order == 0) weights.reset(), graph.reset();
    if (order == 1) graph.reset(), weights.reset();
    if (order == 2) {
      plan.reset();
      plan = std::make_unique<Plan>(*graph, *weights, PlanOptions{.batch = 2, .mode = Mode::train});
      weights.reset();
    }
    CHECK(outputs(*plan) == expected);
  }
  Plan of_temporaries(small_net(), Weights(small_net(), 7), {.batch = 2, .mode = Mode::train});
  CHECK(outputs(of_temporaries) == expected);
}

TEST_CASE("weights: a share is the same numbers, a copy has its own, and what was moved from is a share") {
  Model model;
  model.weights.set("dense_1", {.rate = 0.5});
  Weights copy = model.weights.copy(), share = model.weights.share();
  CHECK(share.shares_with(model.weights));
  CHECK_FALSE(copy.shares_with(model.weights));
  CHECK(copy.id() != model.weights.id());
  CHECK(copy.ranges()[0].settings.rate == 0.5);
  const std::vector<real> before = values(copy);
  CHECK(values(model.weights) == before);
  Sgd sgd({.rate = 0.1});
  train(model.plan, share, sgd);
  CHECK(values(share) == values(model.weights));
  CHECK(values(model.weights) != before);
  CHECK(values(copy) == before);
  Weights moved = std::move(share);
  CHECK(values(share) == values(moved));  // NOLINT: that this is allowed is what is tested
  copy = model.weights.share();
  CHECK(copy.shares_with(model.weights));
}

TEST_CASE("weights that begin again are those of a new object, in the same place") {
  Model model;
  Adam adam({.rate = 0.1});
  train(model.plan, model.weights, adam);
  model.weights.set("dense_2", {.rate = 0.25});
  const real* const place = model.weights.value("dense_1.weight").data();
  model.weights.restart(9);
  const Weights fresh(model.graph, 9);
  CHECK(values(model.weights) == values(fresh));
  CHECK(model.weights.snapshot().state == fresh.snapshot().state);
  CHECK(model.weights.version() == 0);
  CHECK(model.weights.seed() == 9);
  CHECK(model.weights.gradients_used());
  CHECK(model.weights.value("dense_1.weight").data() == place);
  CHECK(model.weights.ranges()[2].settings.rate == 0.25);
}

TEST_CASE("what was moved away says so") {
  Model model;
  const Plan elsewhere = std::move(model.plan);
  CHECK_THROWS_WITH_AS(model.plan.forward(samples()), doctest::Contains("this plan was moved away"), Error);
  CHECK_THROWS_WITH_AS(model.plan.backward(), doctest::Contains("this plan was moved away"), Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(model.plan.summary()), doctest::Contains("this plan was moved away"), Error);
  Trainer trainer = small_trainer(1);
  Trainer other = std::move(trainer);
  const MemoryDataset data = set();
  CHECK_THROWS_WITH_AS(trainer.fit(data), doctest::Contains("this trainer was moved away"), Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(trainer.weights()), doctest::Contains("this trainer was moved away"), Error);
  CHECK(other.fit(data).steps == 3);
}

TEST_CASE("an optimizer belongs to one set of weights, wherever these go") {
  Model a, b;
  Adam adam({.rate = 0.1});
  train(a.plan, a.weights, adam);
  CHECK_THROWS_WITH_AS(adam.step(b.weights), doctest::Contains("adam: this optimizer has moved other weights"), Error);
  b.plan.forward(samples());
  const std::vector<real> before = values(b.weights);
  CHECK_THROWS_AS(b.plan.backward(&adam), Error);
  CHECK(values(b.weights) == before);
  Adam second = adam;
  Weights copy = a.weights.copy();
  CHECK_THROWS_AS(second.step(copy), Error);
  CHECK_THROWS_WITH_AS(Trainer(small_net(), SoftmaxCrossEntropy(), adam), doctest::Contains("moved other weights"), Error);
  Model elsewhere = std::move(a);
  train(elsewhere.plan, elsewhere.weights, adam);
  CHECK(adam.steps() == 2);
  adam = Adam({.rate = 0.1});  // a new one
  train(b.plan, b.weights, adam);
  CHECK(adam.steps() == 1);
}

TEST_CASE("a trainer that begins again is a new one with that seed") {
  const MemoryDataset data = set();
  Trainer fresh = small_trainer(9), again = small_trainer(4);
  again.fit(data, {.epochs = 2});
  static_cast<void>(again.evaluate(data));
  again.restart(9);
  CHECK(values(again.weights()) == values(fresh.weights()));
  CHECK(again.evaluate(data).loss == fresh.evaluate(data).loss);
  fresh.fit(data, {.epochs = 2}), again.fit(data, {.epochs = 2});
  CHECK(values(again.weights()) == values(fresh.weights()));
  CHECK(again.evaluate(data).loss == fresh.evaluate(data).loss);
  CHECK(again.optimizer().steps() == fresh.optimizer().steps());
}

TEST_CASE("a trainer takes another optimizer, between trainings only") {
  const MemoryDataset data = set();
  Trainer trainer = small_trainer(1);
  trainer.fit(data);
  trainer.set_optimizer(Sgd({.rate = 0.5}));
  CHECK(trainer.optimizer().describe().kind == "sgd");
  CHECK(trainer.optimizer().rate() == 0.5);
  trainer.fit(data);
  CHECK(trainer.optimizer().steps() == 3);
  Model other;
  Adam used({.rate = 0.1});
  train(other.plan, other.weights, used);
  CHECK_THROWS_WITH_AS(trainer.set_optimizer(used), doctest::Contains("moved other weights"), Error);
  CHECK_THROWS_WITH_AS(trainer.set_optimizer(std::unique_ptr<Optimizer>()), doctest::Contains("no optimizer"), Error);
  FitOptions inside{.on_step = [&](StepReport&) { trainer.set_optimizer(Sgd()); }};
  CHECK_THROWS_WITH_AS(trainer.fit(data, inside), doctest::Contains("set_optimizer: called while fit is under way"), Error);
  inside.on_step = [&](StepReport&) { trainer.restart(3); };
  CHECK_THROWS_WITH_AS(trainer.fit(data, inside), doctest::Contains("restart: called while fit is under way"), Error);
  CHECK(trainer.fit(data).steps == 3);
  Weights& reference = trainer.weights();
  CHECK_THROWS_WITH_AS(reference = Weights(small_net(), 9), doctest::Contains("a trainer's"), Error);
}

TEST_CASE("weights may outlive their trainer") {
  const MemoryDataset data = set();
  std::optional<Trainer> trainer(small_trainer(2));
  trainer->fit(data);
  Weights kept = trainer->weights().share();
  Plan plan(small_net(), kept, {.batch = 2});
  const std::vector<real> before = outputs(plan);
  trainer.reset();
  CHECK(outputs(plan) == before);
}

}  // namespace cambium
