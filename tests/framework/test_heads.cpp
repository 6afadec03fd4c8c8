// Models of several outputs: how much each counts, and outputs without a target.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/memory_dataset.h"
#include "cambium/framework/training/no_loss.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/squared_error.h"
#include "cambium/framework/training/trainer.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/optimizers/sgd.h"

namespace cambium {
namespace {

using doctest::Contains;

Graph two_heads() {
  Graph graph(Shape{3});
  const Node hidden = graph.then(graph.input_node(), Dense(4));
  const Node classes = graph.then(hidden, Dense(2)), value = graph.then(hidden, Dense(1));
  graph.output(classes), graph.output(value);
  return graph;
}

MemoryDataset samples(bool with_values) {
  MemoryDataset set(Shape{3}, std::vector<real>{1, 2, 3, -1, 0, 1, 2, 2, -2, 0, 1, 0}, std::vector<int>{0, 1, 1, 0}, 2);
  if (with_values) set.add_target(Shape{1}, std::vector<real>{1, -1, 2, 0});
  return set;
}

std::vector<real> trained(const Losses& losses, const MemoryDataset& set) {
  Trainer trainer(two_heads(), losses, Sgd({.rate = 0.01}), {.batch = 2, .seed = 3, .threads = 1});
  trainer.fit(set, {.epochs = 3});
  std::vector<real> all;
  for (const Weights::Tensor& tensor : trainer.weights().tensors())
    for (const real weight : trainer.weights().value(tensor.name)) all.push_back(weight);
  return all;
}

TEST_CASE("heads: the loss is the sum of the outputs' losses, each times its weight") {
  const Losses plain{SoftmaxCrossEntropy(), SquaredError()};
  const auto losses = [&](const Losses& l) {
    Trainer trainer(two_heads(), l, Sgd(), {.batch = 2, .seed = 3});
    return trainer.evaluate(samples(true));
  };
  const Metrics one = losses(plain), two = losses(plain.weigh({1, 0.25}));
  CHECK(two.losses[0] == one.losses[0]);
  CHECK(two.losses[1] == doctest::Approx(0.25 * one.losses[1]));
  CHECK(two.loss == doctest::Approx(two.losses[0] + two.losses[1]));
  CHECK(trained(plain.weigh({1, 1}), samples(true)) == trained(plain, samples(true)));
  CHECK(trained(plain.weigh({1, 0.25}), samples(true)) != trained(plain, samples(true)));
}

TEST_CASE("heads: an output of weight 0, one without a target and one that is not there train the rest alike") {
  const std::vector<real> none = trained(Losses(SoftmaxCrossEntropy(), NoLoss()), samples(false));
  CHECK(trained(Losses(SoftmaxCrossEntropy(), SquaredError()).weigh({1, 0}), samples(true)) == none);
  Trainer trainer(two_heads(), Losses(SoftmaxCrossEntropy(), NoLoss()), Sgd(), {.batch = 4, .seed = 3});
  const Metrics metrics = trainer.evaluate(samples(false));
  CHECK(metrics.losses[1] == 0);
  CHECK(metrics.loss == metrics.losses[0]);
}

TEST_CASE("heads: what cannot be") {
  CHECK_THROWS_WITH_AS(Graph(Shape{3}).input_node(1), Contains("input 1 is asked for, and there are 1"), Error);
  CHECK_THROWS_WITH_AS(Graph().input_node(), Contains("input 0 is asked for, and there are 0"), Error);
  const Losses plain{SoftmaxCrossEntropy(), SquaredError()};
  CHECK_THROWS_WITH_AS(plain.weigh({1}), Contains("1 weights for 2 losses"), Error);
  CHECK_THROWS_WITH_AS(plain.weigh({1, -1}), Contains("the weight of output 2 is -1"), Error);
  CHECK_THROWS_WITH_AS(plain.weigh({1, std::nan("")}), Contains("the weight of output 2 is nan"), Error);
  CHECK_THROWS_WITH_AS(plain.weigh({0, 0}), Contains("all weights are 0"), Error);
  CHECK_THROWS_WITH_AS(Trainer(two_heads(), Losses(NoLoss(), SquaredError()), Sgd()), Contains("the first output has no target"),
                       Error);
  Trainer trainer(two_heads(), Losses(SoftmaxCrossEntropy(), NoLoss()), Sgd(), {.batch = 4});
  CHECK_THROWS_WITH_AS(trainer.fit(samples(true)), Contains("2 targets per sample, and the model has 1 outputs with a loss"),
                       Error);
}

TEST_CASE("rate: read and set while training, by layer too") {
  const MemoryDataset set = samples(false);
  const auto run = [&](auto&& on_epoch, double rate) {
    Graph graph(Shape{3});
    graph.then(graph.input_node(), Dense(2));
    Trainer trainer(graph, SoftmaxCrossEntropy(), Sgd({.rate = rate}), {.batch = 4, .seed = 3, .threads = 1});
    trainer.fit(set, {.epochs = 2, .on_epoch = [&](EpochReport& report) { on_epoch(trainer, report); }});
    const auto value = trainer.weights().value(trainer.weights().tensors()[0].name);
    return std::vector<real>(value.begin(), value.end());
  };
  const auto nothing = [](Trainer&, EpochReport&) {};
  const auto halve = [](Trainer& trainer, EpochReport& report) {
    if (report.epoch == 1) trainer.optimizer().set_rate(trainer.optimizer().rate() / 2);
    if (report.epoch == 2) CHECK(trainer.optimizer().rate() == 0.05);
  };
  const auto halve_layer = [](Trainer& trainer, EpochReport& report) {
    if (report.epoch == 1) trainer.weights().set(trainer.graph().entries()[1].name, {.rate = 0.5});
  };
  CHECK(run(halve, 0.1) == run(halve_layer, 0.1));
  CHECK(run(halve, 0.1) != run(nothing, 0.1));
  Sgd sgd({.rate = 0.1});
  CHECK_THROWS_WITH_AS(sgd.set_rate(0), Contains("sgd: .rate = 0 must be above 0 and finite"), Error);
  sgd.set_rate(0.02);
  CHECK(sgd.rate() == 0.02);
  CHECK(sgd.describe().str().find("rate 0.02") != std::string::npos);
}

}  // namespace
}  // namespace cambium
