// Weights: names, places, seeds, snapshots, settings.

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "cambium/cambium.h"
#include "tests/support/random_graph.h"

using namespace cambium;

namespace {

std::vector<real> values(const Weights& weights, const std::string& name) {
  const std::span<const real> v = weights.value(name);
  return {v.begin(), v.end()};
}

}  // namespace

TEST_CASE("every tensor has its layer's name, its sizes, and cache lines of its own") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Graph graph = random_graph(seed);
    Weights weights(graph, seed);
    std::set<std::string> names;
    std::size_t end = 0, sum = 0;
    for (std::size_t i = 0; i < weights.tensors().size(); ++i) {
      const Weights::Tensor& tensor = weights.tensors()[i];
      const Range& range = weights.ranges()[i];
      std::size_t size = 1;
      for (int s : tensor.sizes) size *= static_cast<std::size_t>(s);
      CHECK(names.insert(tensor.name).second);
      CHECK(tensor.name.find(graph.entries()[static_cast<std::size_t>(tensor.entry)].name + ".") == 0);
      CHECK(range.size == size);
      CHECK(range.offset >= end);
      CHECK(range.weight == weights.block().data() + range.offset);
      CHECK(range.gradient == weights.gradient_block().data() + range.offset);
      CHECK(reinterpret_cast<std::uintptr_t>(range.weight) % 64 == 0);
      CHECK(reinterpret_cast<std::uintptr_t>(range.gradient) % 64 == 0);
      for (std::size_t k = end; k < range.offset; ++k) CHECK(weights.block()[k] == 0);  // padding
      CHECK(weights.value(tensor.name).data() == range.weight);
      CHECK(weights.gradient(tensor.name).data() == range.gradient);
      end = range.offset + range.size, sum += size;
    }
    CHECK(weights.parameters() == sum);
    end = 0;
    for (const Weights::StateTensor& tensor : weights.state_tensors()) {
      CHECK(names.insert(tensor.name).second);
      CHECK(tensor.offset >= end);
      CHECK(weights.state(tensor.name).data() == weights.state_block().data() + tensor.offset);
      CHECK(reinterpret_cast<std::uintptr_t>(weights.state(tensor.name).data()) % 64 == 0);
      end = tensor.offset + tensor.size;
    }
  }
}

TEST_CASE("parameters and state start as their layers say") {
  const Sequential net(Shape{2, 6, 5}, BatchNorm(), Conv2d(3, {.init = init::constant(0.25), .bias_init = init::ones()}),
                       OnlineNorm(), Affine(), Flatten(), Dense(4, {.init = init::uniform(0.5)}));
  Weights weights(net, 3);
  for (real w : weights.value("conv2d_1.weight")) CHECK(w == real(0.25));
  for (real w : weights.value("conv2d_1.bias")) CHECK(w == 1);
  for (real w : weights.value("affine_1.gamma")) CHECK(w == 1);
  for (real w : weights.value("affine_1.beta")) CHECK(w == 0);
  for (real w : weights.value("dense_1.weight")) CHECK(std::abs(w) <= real(0.5));
  for (double s : weights.state("batch_norm_1.running_mean")) CHECK(s == 0);
  for (double s : weights.state("batch_norm_1.running_var")) CHECK(s == 1);
  CHECK(weights.state("online_norm_1.count").size() == 1);
  CHECK(weights.gradients_used());
}

TEST_CASE("the seed decides, and a layer added elsewhere changes no other") {
  const auto net = [](bool more) {
    Graph g(Shape{6});
    Node x{0};
    if (more) x = g.then(x, Named("extra", Dense(6)));
    x = g.then(x, Dense(5), Relu());
    if (more) x = g.then(x, Named("another", Dense(5)));
    g.then(x, Dense(4), Dense(4));
    return g;
  };
  const Weights a(net(false), 5), b(net(true), 5), again(net(false), 5), other(net(false), 6);
  for (const char* name : {"dense_1.weight", "dense_2.weight", "dense_3.weight"}) {
    CHECK(values(a, name) == values(b, name));
    CHECK(values(a, name) == values(again, name));
    CHECK(values(a, name) != values(other, name));
  }
  CHECK(values(a, "dense_2.weight") != values(a, "dense_3.weight"));
}

TEST_CASE("a snapshot restores weights and state, bit for bit, and their version") {
  RandomCase c(static_cast<Graph>(Sequential(Shape{2, 5, 5}, BatchNorm(), Conv2d(3), OnlineNorm(), Relu(), Flatten(), Dense(3))), 1,
               4);
  const Weights::Snapshot before = c.weights.snapshot();
  const std::uint64_t version = c.weights.version();
  Plan plan(c.graph, c.weights, {.batch = 4, .mode = Mode::train});
  Adam adam({.rate = 0.1});
  for (int step = 0; step < 3; ++step) plan.forward(c.data.inputs), c.loss.evaluate(plan), plan.backward(&adam);
  const Weights::Snapshot after = c.weights.snapshot();
  CHECK(after.values != before.values);
  CHECK(after.state != before.state);
  CHECK(c.weights.version() == version + 3);
  c.weights.restore(before);
  CHECK(c.weights.snapshot().values == before.values);
  CHECK(c.weights.snapshot().state == before.state);
  CHECK(c.weights.version() == version);
  Weights other(Sequential(Shape{3}, Dense(2)));
  CHECK_THROWS_WITH_AS(other.restore(before), doctest::Contains("the snapshot is of another model"), Error);
}

TEST_CASE("addresses stay when weights are moved, and while they are trained") {
  const Sequential net(Shape{3}, Dense(4), BatchNorm(), Dense(2));
  Weights first(net, 1);
  const real* const weight = first.value("dense_1.weight").data();
  const double* const state = first.state("batch_norm_1.running_mean").data();
  Weights second = std::move(first);
  CHECK(second.value("dense_1.weight").data() == weight);
  CHECK(second.state("batch_norm_1.running_mean").data() == state);
}

TEST_CASE("unknown names are answered with the closest one") {
  Weights weights(Sequential(Shape{3}, Dense(4), BatchNorm()));
  CHECK_THROWS_WITH_AS(weights.value("dense_1.wieght"), doctest::Contains("did you mean 'dense_1.weight'?"), Error);
  CHECK_THROWS_WITH_AS(weights.gradient("dense_2.weight"), doctest::Contains("no parameter is named 'dense_2.weight'"), Error);
  CHECK_THROWS_WITH_AS(weights.state("batch_norm_1.running_men"), doctest::Contains("did you mean 'batch_norm_1.running_mean'?"),
                       Error);
  CHECK_THROWS_WITH_AS(weights.set("dens_1", {}), doctest::Contains("did you mean 'dense_1'?"), Error);
}

TEST_CASE("settings of a layer come from the model, can be changed, and are checked") {
  Weights weights(Sequential(Shape{3}, With({.rate = 0.5, .l2 = 0.1}, Dense(4)), Dense(2)));
  CHECK(weights.ranges()[0].settings.rate == 0.5);
  CHECK(weights.ranges()[1].settings.l2 == 0.1);
  CHECK(weights.ranges()[2].settings.rate == 1);
  CHECK(weights.ranges()[0].decay);
  CHECK(!weights.ranges()[1].decay);  // a bias
  weights.set("dense_2", {.rate = 2, .limit = 0.3});
  CHECK(weights.ranges()[2].settings.rate == 2);
  CHECK(weights.ranges()[3].settings.limit == 0.3);
  CHECK(weights.ranges()[0].settings.rate == 0.5);
  for (const ParamSettings& bad :
       {ParamSettings{.rate = -1}, ParamSettings{.rate = NAN}, ParamSettings{.l1 = INFINITY}, ParamSettings{.limit = -2}})
    CHECK_THROWS_WITH_AS(weights.set("dense_2", bad), doctest::Contains("settings of dense_2: "), Error);
  CHECK(weights.ranges()[2].settings.rate == 2);
}

TEST_CASE("a model without parameters has weights too") {
  const Sequential net(Shape{3}, Relu());
  Weights weights(net);
  CHECK(weights.parameters() == 0);
  Plan plan(net, weights, {.batch = 2, .mode = Mode::train, .input_gradient = true});
  const real x[] = {1, -2, 3, -4, 5, -6};
  const ConstView y = plan.forward({x, Shape{3}, 2});
  CHECK(std::vector<real>(y.begin(), y.end()) == std::vector<real>{1, 0, 3, 0, 5, 0});
  for (real& g : plan.output_gradient()) g = 2;
  Sgd sgd({.rate = 0.1});
  plan.backward(&sgd);
  const ConstView dx = plan.input_gradient();
  CHECK(std::vector<real>(dx.begin(), dx.end()) == std::vector<real>{2, 0, 2, 0, 2, 0});
}
