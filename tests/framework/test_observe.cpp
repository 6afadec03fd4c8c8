// Looking inside, and passes that start and stop in the middle.

#include <doctest/doctest.h>

#include <cmath>

#include "cambium/cambium.h"
#include "tests/support/random_graph.h"
#include "tests/support/reference_run.h"
#include "tests/support/values.h"

using namespace cambium;

namespace {

Sequential auto_encoder() {
  return Sequential(Shape{2, 6, 5}, Conv2d(3, {.pad = 1}), BatchNorm(), Affine(), Relu(), Flatten(), Named("code", Dense(4)),
                    Tanh(), Named("decode", Dense(20)), OnlineNorm(), Relu(), Dense(60));
}

std::vector<real> drawn(std::size_t n, std::uint64_t seed) {
  std::vector<real> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<real>(Random(seed).normal(i));
  return values;
}

}  // namespace

TEST_CASE("input, output and both gradients of every layer, by name, are those of layers computed one by one") {
  RandomCase c(static_cast<Graph>(auto_encoder()), 3, 5);
  std::vector<std::string> names;
  for (const Graph::Entry& entry : c.graph.entries())
    if (entry.layer) names.push_back(entry.name);
  Plan plan(c.graph, c.weights, {.batch = 5, .mode = Mode::train, .observe = names});
  const std::vector<real> dy = drawn(300, 8);
  const ReferenceRun expected = run_reference(c.graph, c.weights, c.data.inputs, {dy}, Mode::train);
  plan.forward(c.data.inputs);
  std::copy(dy.begin(), dy.end(), plan.output_gradient().begin());
  plan.backward();
  for (const std::string& name : names) {
    INFO(name);
    const int i = c.graph.find(name), input = c.graph.entries()[as_size(i)].inputs[0];
    CHECK(copy_of(plan.input_of(name)) == expected.values[as_size(input)]);
    CHECK(copy_of(plan.output_of(name)) == expected.values[as_size(i)]);
    CHECK(copy_of(plan.output_gradient_of(name)) == expected.gradients[as_size(i)]);
    CHECK(copy_of(plan.input_gradient_of(name)) == expected.dx[as_size(i)][0]);
    CHECK(plan.output_of(name).shape == c.graph.entries()[as_size(i)].shape);
    CHECK(plan.input_gradient_of(name).shape == c.graph.entries()[as_size(input)].shape);
    CHECK(plan.output_of(name).batch == 5);
    CHECK(plan.input_gradient_of(name).batch == 5);
  }
}

TEST_CASE("looking at one layer ends fusion there and nowhere else") {
  const Sequential net(Shape{3}, Dense(4), BatchNorm(), Affine(), Relu(), Dense(4), BatchNorm(), Affine(), Relu(), Dense(2));
  RandomCase c(static_cast<Graph>(net), 3, 6);
  const StepValues fused = c.step({.fuse = true}), plain = c.step({.fuse = false});
  const double tolerance = sizeof(real) == 4 ? 1e-5 : 1e-12;
  for (const char* name : {"dense_1", "batch_norm_1", "affine_1", "relu_1", "relu_2", "dense_3"}) {
    INFO(name);
    const StepValues seen = c.step({.observe = {name}});
    CHECK(apart(fused, seen) <= tolerance);
    CHECK(apart(plain, seen) <= tolerance);
  }
}

TEST_CASE("encoding and decoding by two plans is the whole, forward and back, to the last bit") {
  RandomCase c(static_cast<Graph>(auto_encoder()), 3, 5);
  Plan whole(c.graph, c.weights, {.batch = 5, .mode = Mode::train, .input_gradient = true});
  const StepValues expected = c.step(whole);
  Plan encode(c.graph, c.weights, {.batch = 5, .mode = Mode::train, .stop = "tanh_1", .input_gradient = true});
  Plan decode(c.graph, c.weights, {.batch = 5, .mode = Mode::train, .start = "decode", .input_gradient = true});
  const ConstView code = encode.forward(c.data.inputs);
  CHECK(code.shape == Shape{4});
  CHECK(copy_of(decode.forward(code)) == expected.outputs[0]);
  c.weights.mark_gradients_used();
  CHECK(c.loss.evaluate(decode) == expected.loss);
  decode.backward();
  const ConstView dcode = decode.input_gradient();
  std::copy(dcode.begin(), dcode.end(), encode.output_gradient().begin());
  encode.backward();  // adds to the gradients of the other half, which the first call has set to 0 here
  CHECK(copy_of(encode.input_gradient()) == expected.input_gradients[0]);
  CHECK(copy_of(c.weights.gradient_block()) == expected.weight_gradients);
  CHECK(c.weights.snapshot().state == expected.state);
}

TEST_CASE("an activity can be set at any layer of a chain") {
  const Sequential net = auto_encoder();
  RandomCase c(static_cast<Graph>(net), 3, 5);
  const ReferenceRun expected = run_reference(c.graph, c.weights, c.data.inputs, {}, Mode::evaluate);
  for (int start = 1; start < static_cast<int>(net.entries().size()); ++start)
    for (int stop = start; stop < static_cast<int>(net.entries().size()); ++stop) {
      Plan plan(
          net, c.weights,
          {.batch = 5, .start = net.entries()[as_size(start)].name, .stop = net.entries()[as_size(stop)].name, .fuse = false});
      const ConstView x{expected.values[as_size(start - 1)].data(), net.entries()[as_size(start - 1)].shape, 5};
      CHECK(copy_of(plan.forward(x)) == expected.values[as_size(stop)]);
    }
}

TEST_CASE("a pass through a part of a random graph is that part of the whole, or an error that says why not") {
  int run = 0, refused = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    INFO("graph of seed ", seed);
    RandomCase c(seed, 4);
    const ReferenceRun expected = run_reference(c.graph, c.weights, c.data.inputs, {}, Mode::train);
    const auto& entries = c.graph.entries();
    for (int stop = 0; stop < static_cast<int>(entries.size()); ++stop) {
      if (!entries[as_size(stop)].layer) continue;
      // Inputs that the part does not depend on are not asked for.
      auto part = std::make_unique<Plan>(
          c.graph, c.weights, PlanOptions{.batch = 4, .mode = Mode::train, .stop = entries[as_size(stop)].name, .fuse = false});
      std::vector<bool> needed(entries.size(), false);
      needed[as_size(stop)] = true;
      std::vector<ConstView> inputs;
      for (int i = stop; i >= 0; --i)
        for (int input : entries[as_size(i)].inputs)
          if (needed[as_size(i)]) needed[as_size(input)] = true;
      for (std::size_t i = 0; i < c.graph.inputs().size(); ++i)
        if (needed[as_size(c.graph.inputs()[i])]) inputs.push_back(c.data.inputs[i]);
      CHECK(copy_of(part->forward(inputs)) == expected.values[as_size(stop)]);
      part.reset();  // else the next plan's pass would come after this one
      for (int start = 0; start <= stop; ++start) {
        if (entries[as_size(start)].inputs.size() != 1) continue;
        const int from = entries[as_size(start)].inputs[0];
        try {
          Plan middle(c.graph, c.weights,
                      {.batch = 4,
                       .mode = Mode::train,
                       .start = entries[as_size(start)].name,
                       .stop = entries[as_size(stop)].name,
                       .fuse = false});
          const ConstView y = middle.forward({expected.values[as_size(from)].data(), entries[as_size(from)].shape, 4});
          CHECK(copy_of(y) == expected.values[as_size(stop)]);
          ++run;
        } catch (const Error& error) {
          const std::string text = error.what();
          CHECK((text.find("by another way too") != std::string::npos || text.find("does not lead to") != std::string::npos));
          CHECK(text.find(entries[as_size(start)].name) != std::string::npos);
          ++refused;
        }
      }
    }
  }
  CHECK(run > 500);
  CHECK(refused > 100);
}

TEST_CASE("a start that joins, or that is bypassed, is refused") {
  Graph g(Shape{3});
  const Node a = g.then(Node{0}, Dense(3)), b = g.then(a, Tanh()), sum = g.join(Add(), {a, b});
  g.then(sum, Named("last", Dense(2)));
  Weights weights(g);
  CHECK_THROWS_WITH_AS(Plan(g, weights, {.start = "add_1"}), doctest::Contains("start = 'add_1': it has 2 inputs"), Error);
  CHECK_NOTHROW(Plan(g, weights, {.start = "tanh_1"}));  // its input is all that the rest depends on
  CHECK_NOTHROW(Plan(g, weights, {.start = "last"}));
  Graph h;
  const Node x = h.input(Shape{3}), y = h.input(Shape{3}), t = h.then(x, Tanh());
  h.join(Add(), {t, y});
  Weights more(h);
  CHECK_THROWS_WITH_AS(Plan(h, more, {.start = "tanh_1"}),
                       doctest::Contains("start = 'tanh_1': the output depends on 'input_2' by another way too"), Error);
}

TEST_CASE("a layer whose output nobody else reads but the loss can be looked at too, and one that is read twice") {
  Graph g(Shape{4});
  const Node a = g.then(Node{0}, Named("a", Dense(4)));
  const Node twice = g.join(Named("twice", Add()), {a, a});
  g.output(twice), g.output(a);
  RandomCase c(g, 3, 2);
  const std::vector<real> d_twice = drawn(8, 1), d_a = drawn(8, 2);
  Plan plan(g, c.weights, {.batch = 2, .mode = Mode::train, .observe = {"a", "twice"}});
  plan.forward(c.data.inputs);
  std::copy(d_twice.begin(), d_twice.end(), plan.output_gradient(0).begin());
  std::copy(d_a.begin(), d_a.end(), plan.output_gradient(1).begin());
  plan.backward();
  CHECK(copy_of(plan.input_gradient_of("twice", 0)) == d_twice);
  CHECK(copy_of(plan.input_gradient_of("twice", 1)) == d_twice);
  for (std::size_t i = 0; i < 8; ++i) CHECK(plan.output_gradient_of("a").data[i] == (d_a[i] + d_twice[i]) + d_twice[i]);
}
