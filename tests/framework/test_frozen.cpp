// Settings of layers: what is not named stays, and what a frozen layer holds.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "cambium/cambium.h"

namespace cambium {
namespace {

using Values = std::vector<real>;

Values samples(std::uint64_t seed, int batch, double mean) {
  Values x;
  for (int i = 0; i < 3 * batch; ++i)
    x.push_back(static_cast<real>(mean + (1 + i % 3) * Random(seed).normal(static_cast<std::uint64_t>(i))));
  return x;
}

std::vector<double> state(const Weights& weights) { return {weights.state_block().begin(), weights.state_block().end()}; }

// Twenty steps around 1.
void warm_up(const Graph& net, Weights& weights) {
  Plan plan(net, weights, {.batch = 8, .mode = Mode::train});
  for (std::uint64_t step = 0; step < 20; ++step) {
    const Values x = samples(step, 8, 1);
    plan.forward({x.data(), Shape(3), 8});
    for (real& g : plan.output_gradient()) g = real(0.1);
    plan.backward();
    weights.mark_gradients_used(), weights.raise_version();
  }
}

std::vector<Graph> nets() {
  return {Sequential(Shape(3), Named("norm", BatchNorm()), Affine(), Relu(), Dense(2)),
          Sequential(Shape(3), Named("norm", BatchNorm(for_input)), Dense(2)),
          Sequential(Shape(3), Named("norm", BatchRenorm()), Affine(), Dense(2)),
          Sequential(Shape(3), Named("norm", OnlineNorm()), Affine(), Relu(), Dense(2)),
          Sequential(Shape(3), Named("norm", OnlineNorm(for_input)), Dense(2)),
          Sequential(Shape(3), Named("norm", StreamingNorm()), Affine(), Dense(2)),
          Sequential(Shape(3), Named("norm", RangeNorm({.samples = 0})), Dense(2))};
}

}  // namespace

TEST_CASE("a frozen layer holds its statistics, and normalizes by them while the rest is trained") {
  for (const Graph& net : nets()) {
    INFO(net.summary());
    Weights weights(net, 5);
    warm_up(net, weights);
    weights.set("norm", {.freeze = true});
    const std::vector<double> before = state(weights);
    const Values x = samples(99, 8, 50);
    for (const bool fuse : {true, false})
      for (const bool inside : {true, false}) {
        Plan train(net, weights, {.batch = 8, .mode = Mode::train, .fuse = fuse}),
            evaluate(net, weights, {.batch = 8, .fuse = fuse});
        Sgd sgd({.rate = 0.01});
        const ConstView wanted = evaluate.forward({x.data(), Shape(3), 8}), y = train.forward({x.data(), Shape(3), 8});
        CHECK(Values(y.begin(), y.end()) == Values(wanted.begin(), wanted.end()));
        for (real& g : train.output_gradient()) g = real(0.1);
        const Values old(weights.value("dense_1.weight").begin(), weights.value("dense_1.weight").end());
        if (inside)
          train.backward(&sgd);
        else
          train.backward(), sgd.step(weights);
        CHECK(train.finite());
        CHECK(state(weights) == before);
        CHECK(Values(weights.value("dense_1.weight").begin(), weights.value("dense_1.weight").end()) != old);
        CHECK(train.summary().find("statistics held") != std::string::npos);
      }
    Plan adapts(net, weights, {.batch = 8, .mode = Mode::adapt});
    adapts.forward({x.data(), Shape(3), 8});
    CHECK(state(weights) == before);
    weights.set("norm", {.moving_statistics = true});
    CHECK(weights.settings("norm").freeze);
    Plan moves(net, weights, {.batch = 8, .mode = Mode::adapt});
    moves.forward({x.data(), Shape(3), 8});
    CHECK(state(weights) != before);
  }
}

TEST_CASE("the way back through a frozen layer is the derivative by the statistics that it holds") {
  for (const Graph& net : nets()) {
    INFO(net.summary());
    Weights weights(net, 5);
    warm_up(net, weights);
    weights.set("norm", {.freeze = true});
    Plan train(net, weights, {.batch = 8, .mode = Mode::train, .input_gradient = true}),
        evaluate(net, weights, {.batch = 8, .input_gradient = true, .backward = true});
    const Values x = samples(99, 8, 2);
    const auto gradient = [&](Plan& plan) {
      plan.forward({x.data(), Shape(3), 8});
      for (std::size_t i = 0; i < plan.output_gradient().size(); ++i) plan.output_gradient().data[i] = static_cast<real>(i % 3);
      plan.backward();
      const ConstView dx = plan.input_gradient();
      const auto dw = weights.gradient("dense_1.weight");
      Values all(dx.begin(), dx.end());
      all.insert(all.end(), dw.begin(), dw.end());
      weights.mark_gradients_used();
      return all;
    };
    CHECK(gradient(train) == gradient(evaluate));
  }
}

TEST_CASE("an old head on a frozen encoder is as good after the new head was trained as before") {
  Graph net(Shape(3));
  const Node code = net.then(Node{0}, Named("norm", BatchNorm()), Dense(4), Relu());
  const Node old_head = net.then(code, Named("old", Dense(2))), new_head = net.then(code, Named("new", Dense(2)));
  net.output(old_head), net.output(new_head);
  Weights weights(net, 5);
  {
    Plan plan(net, weights, {.batch = 8, .mode = Mode::train});
    for (std::uint64_t step = 0; step < 20; ++step) {
      const Values x = samples(step, 8, 1);
      plan.forward({x.data(), Shape(3), 8});
    }
  }
  for (const char* layer : {"norm", "dense_1", "old"}) weights.set(layer, {.freeze = true});
  const Values seen = samples(7, 8, 1);
  Plan evaluate(net, weights, {.batch = 8, .stop = "old"});
  const auto old_answers = [&] {
    const ConstView y = evaluate.forward({seen.data(), Shape(3), 8});
    return Values(y.begin(), y.end());
  };
  const Values before = old_answers();
  Plan train(net, weights, {.batch = 8, .mode = Mode::train, .stop = "new"});
  Sgd sgd({.rate = 0.01, .momentum = 0.9});
  for (std::uint64_t step = 0; step < 10; ++step) {
    const Values x = samples(step, 8, 20);  // other data
    train.forward({x.data(), Shape(3), 8});
    for (real& g : train.output_gradient()) g = 1;
    train.backward(&sgd);
  }
  CHECK(old_answers() == before);
}

TEST_CASE("a trainer with a frozen batch norm takes a last batch of one sample") {
  std::vector<int> labels;
  for (int i = 0; i < 9; ++i) labels.push_back(i % 2);
  const MemoryDataset data(Shape(3), samples(1, 9, 0), labels, 2);
  Trainer trainer(Sequential(Shape(3), BatchNorm(), Dense(2)), SoftmaxCrossEntropy(), Sgd(), {.batch = 8, .threads = 1});
  CHECK_THROWS_WITH_AS(trainer.fit(data), doctest::Contains("the last batch of an epoch has 1 sample"), Error);
  trainer.weights().set("batch_norm_1", {.freeze = true});
  const std::vector<double> before = state(trainer.weights());
  CHECK(trainer.fit(data).steps == 2);
  CHECK(state(trainer.weights()) == before);
}

TEST_CASE("what a change of settings does not name stays as it was") {
  Weights weights(Sequential(Shape(3), With({.freeze = true, .l2 = 0.5}, Dense(4)), BatchNorm(), Dense(2)));
  weights.set("dense_1", {.rate = 0.1});
  CHECK(weights.settings("dense_1").freeze);
  CHECK(weights.settings("dense_1").l2 == 0.5);
  CHECK(weights.settings("dense_1").rate == 0.1);
  CHECK(weights.ranges()[1].settings.freeze);
  CHECK(weights.ranges()[1].settings.rate == 0.1);
  weights.set("dense_1", {.freeze = false, .limit = 2});
  CHECK_FALSE(weights.ranges()[0].settings.freeze);
  CHECK(weights.ranges()[0].settings.l2 == 0.5);
  weights.set("dense_1", ParamSettings{.rate = 3});  // names all
  CHECK(weights.ranges()[0].settings.l2 == 0);
  CHECK(weights.ranges()[0].settings.limit == 0);
  weights.set("dense_1", {});
  CHECK(weights.ranges()[0].settings.rate == 3);
  CHECK_THROWS_WITH_AS(weights.set("dense_1", {.limit = -1}), doctest::Contains("settings of dense_1: limit = -1"), Error);
  CHECK(weights.ranges()[0].settings.rate == 3);
  weights.set("batch_norm_1", {.freeze = true});  // no parameters, and a setting all the same
  CHECK(weights.settings("batch_norm_1").freeze);
  CHECK(weights.copy().settings("batch_norm_1").freeze);
  CHECK_THROWS_WITH_AS(static_cast<void>(weights.settings("dens_1")), doctest::Contains("did you mean 'dense_1'?"), Error);
}

TEST_CASE("settings around settings: the outer ones change what they name") {
  const Item item = With({.rate = 0.1}, With({.name = "it", .freeze = true, .l1 = 0.25}, Dense(3)));
  CHECK(item.name == "it");
  CHECK(item.settings.freeze);
  CHECK(item.settings.l1 == 0.25);
  CHECK(item.settings.rate == 0.1);
  const Chain chain = With({.freeze = true}, Chain(With({.rate = 0.5}, Dense(3)), Relu()));
  CHECK(chain.items()[0].settings.rate == 0.5);
  CHECK(chain.items()[0].settings.freeze);
  CHECK_FALSE(With({.freeze = false}, item).settings.freeze);
}

}  // namespace cambium
