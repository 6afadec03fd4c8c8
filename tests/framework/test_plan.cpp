// Plans: what they refuse, what they leave alone, and what reaches the optimizer.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "cambium/cambium.h"
#include "tests/support/random_graph.h"
#include "tests/support/values.h"

using namespace cambium;

namespace {

constexpr double rounding = sizeof(real) == 4 ? 1e-6 : 1e-14;

// Two inputs, two outputs, state, dropout.
Graph two_and_two() {
  Graph g;
  const Node a = g.input(Shape{3}), b = g.input(Shape{2});
  const Node x = g.then(a, Dense(4), BatchNorm(), Relu());
  const Node y = g.join(Concat(), {x, b});
  g.output(g.then(y, Named("left", Dense(3))));
  g.output(g.then(x, Dropout(0.5), Named("right", Dense(2))));
  return g;
}

}  // namespace

TEST_CASE("what forward cannot take is refused before anything has moved") {
  RandomCase c(two_and_two(), 1, 4);
  Plan plan(c.graph, c.weights, {.batch = 4, .mode = Mode::train});
  const ConstView a = c.data.inputs[0], b = c.data.inputs[1];
  const auto refused = [&](std::vector<ConstView> x, const char* text) {
    CHECK_THROWS_WITH_AS(plan.forward(x), doctest::Contains(text), Error);
  };
  refused({a}, "1 inputs, and the model has 2");
  refused({}, "0 inputs, and the model has 2");
  refused({a, b, b}, "3 inputs, and the model has 2");
  refused({b, a}, "input 0 has samples of 2, and the model takes 3");
  refused({a, {b.data, b.shape, 3}}, "input 1 has 3 samples, and input 0 has 4");
  refused({a, {nullptr, b.shape, 4}}, "input 1 is empty");
  refused({{a.data, a.shape, 0}, {b.data, b.shape, 0}}, "a batch of 0, and the plan is for 1 to 4");
  refused({{a.data, a.shape, 5}, {b.data, b.shape, 5}}, "a batch of 5, and the plan is for 1 to 4; try PlanOptions .batch = 5");
  refused({{a.data, a.shape, -1}, {b.data, b.shape, -1}}, "a batch of -1");
  refused({{a.data, a.shape, 1}, {b.data, b.shape, 1}}, "OnlineNorm");
  CHECK(plan.pass_number() == 0);
  CHECK_THROWS_WITH_AS(plan.backward(), doctest::Contains("there was no forward pass"), Error);
  plan.forward(c.data.inputs);
  c.loss.evaluate(plan);
  plan.backward();
  CHECK_THROWS_WITH_AS(plan.backward(), doctest::Contains("there was no forward pass since the last one"), Error);
}

TEST_CASE("plans that cannot be are refused") {
  const Sequential net(Shape{3}, Dense(4), BatchNorm(), Relu(), Dense(2));
  Weights weights(net);
  const auto refused = [&](const Graph& graph, PlanOptions options, const char* text) {
    CHECK_THROWS_WITH_AS(Plan(graph, weights, options), doctest::Contains(text), Error);
  };
  refused(net, {.batch = 0}, "batch 0, which must be at least 1");
  refused(net, {.batch = 2, .threads = -1}, "threads -1");
  refused(net, {.batch = 2, .threads = 65}, "threads 65");
  refused(net, {.batch = 2, .mode = Mode::adapt, .backward = true}, "adapt mode has no backward pass");
  refused(net, {.batch = 1, .mode = Mode::train}, "OnlineNorm");
  refused(net, {.batch = 2, .observe = {"dens_1"}}, "did you mean 'dense_1'?");
  refused(net, {.batch = 2, .observe = {"input"}}, "does not run in this plan");
  refused(net, {.batch = 2, .observe = {"dense_2"}, .stop = "relu_1"}, "observe = 'dense_2'");
  refused(net, {.batch = 2, .observe = {"dense_1"}, .start = "relu_1"}, "observe = 'dense_1'");
  refused(net, {.batch = 2, .stop = "dens_1"}, "did you mean 'dense_1'?");
  refused(net, {.batch = 2, .stop = "input"}, "is an input, not a layer");
  refused(net, {.batch = 2, .start = "input"}, "start");
  refused(net, {.batch = 2, .start = "relu_1", .stop = "dense_1"}, "the one does not lead to the other");
  refused(Sequential(Shape{3}, Dense(5), BatchNorm(), Relu(), Dense(2)), {.batch = 2}, "another model");
  refused(Sequential(Shape{3}, Dense(4), BatchNorm(), Relu(), Named("dense_3", Dense(2))), {.batch = 2}, "another model");
  refused(Sequential(Shape{3}, Dense(4), BatchNorm(), Relu()), {.batch = 2}, "another model");
  refused(Sequential(Shape{3}), {.batch = 2}, "another model");
  const Graph empty, only_input(Shape{3});
  Weights none(empty), nothing(only_input);
  CHECK_THROWS_WITH_AS(Plan(empty, none, {}), doctest::Contains("the model has no layers"), Error);
  CHECK_THROWS_WITH_AS(Plan(only_input, nothing, {}), doctest::Contains("the model has no layers"), Error);
}

TEST_CASE("what a plan was not made for is refused, and the option named") {
  RandomCase c(two_and_two(), 1, 4);
  Plan evaluate(c.graph, c.weights, {.batch = 4, .observe = {"left"}});
  evaluate.forward(c.data.inputs);
  CHECK_THROWS_WITH_AS(evaluate.backward(),
                       doctest::Contains("this plan is for evaluate mode; try PlanOptions .mode = Mode::train"), Error);
  CHECK_THROWS_WITH_AS(evaluate.output_gradient(), doctest::Contains("Mode::train"), Error);
  CHECK_THROWS_WITH_AS(evaluate.output_gradient_of("left"), doctest::Contains("Mode::train"), Error);
  CHECK_THROWS_WITH_AS(evaluate.input_gradient_of("left"), doctest::Contains("Mode::train"), Error);
  CHECK_THROWS_WITH_AS(evaluate.output(2), doctest::Contains("output 2: there are 2"), Error);
  CHECK_THROWS_AS(evaluate.output(-1), Error);
  CHECK_THROWS_AS(evaluate.input_of("left", 1), Error);
  CHECK_THROWS_WITH_AS(evaluate.output_of("right"),
                       doctest::Contains("layer 'right' is not observed; try PlanOptions .observe = {\"right\"}"), Error);
  CHECK_THROWS_WITH_AS(evaluate.output_of("rigt"), doctest::Contains("did you mean 'right'?"), Error);
  Plan train(c.graph, c.weights, {.batch = 4, .mode = Mode::train});
  CHECK_THROWS_WITH_AS(train.input_gradient(), doctest::Contains(".input_gradient = true"), Error);
  CHECK_THROWS_AS(train.input_gradient(2), Error);
  Graph idle = two_and_two();
  idle.input(Shape{7});
  Weights weights(idle);
  CHECK_THROWS_WITH_AS(Plan(idle, weights, {.batch = 4, .mode = Mode::train, .input_gradient = true}).input_gradient(2),
                       doctest::Contains("input 2 leads to no output"), Error);
}

TEST_CASE("evaluation moves nothing, adaptation moves statistics at once and no weights") {
  RandomCase c(two_and_two(), 1, 4);
  const Weights::Snapshot before = c.weights.snapshot();
  Plan evaluate(c.graph, c.weights, {.batch = 4, .backward = true});
  for (int i = 0; i < 2; ++i) evaluate.forward(c.data.inputs), c.loss.evaluate(evaluate), evaluate.backward();
  CHECK(c.weights.snapshot().state == before.state);
  CHECK(c.weights.snapshot().values == before.values);
  Plan adapt(c.graph, c.weights, {.batch = 4, .mode = Mode::adapt});
  adapt.forward(c.data.inputs);
  CHECK(c.weights.snapshot().state != before.state);
  CHECK(c.weights.snapshot().values == before.values);
}

TEST_CASE("a batch that is not finite leaves no trace in adapted statistics") {
  RandomCase c(static_cast<Graph>(Sequential(Shape{3}, BatchNorm(), Dense(4), OnlineNorm())), 1, 4);
  Plan adapt(c.graph, c.weights, {.batch = 4, .mode = Mode::adapt});
  const std::vector<double> before = c.weights.snapshot().state;
  c.data.values[0][5] = not_a_number;
  adapt.forward(c.data.inputs);
  CHECK(!adapt.finite());
  CHECK(c.weights.snapshot().state == before);
  c.data.values[0][5] = 1;
  adapt.forward(c.data.inputs);
  CHECK(adapt.finite());
  CHECK(c.weights.snapshot().state != before);
}

TEST_CASE("an input that is not finite leaves no trace in trained state, even where its loss is finite") {
  for (const double bad : {HUGE_VAL, -HUGE_VAL}) {
    RandomCase c(static_cast<Graph>(Sequential(Shape{3}, OnlineNorm(), ActivationClamp(5), Dense(4), BatchNorm(), Dense(2))), 1, 4);
    Plan plan(c.graph, c.weights, {.batch = 4, .mode = Mode::train});
    Sgd sgd({.rate = 0.1});
    const real good = c.data.values[0][5];
    const Weights::Snapshot before = c.weights.snapshot();
    c.data.values[0][5] = static_cast<real>(bad);
    plan.forward(c.data.inputs), c.loss.evaluate(plan), plan.backward(&sgd);
    CHECK(!plan.finite());
    CHECK(c.weights.snapshot().state == before.state);
    CHECK(c.weights.snapshot().values == before.values);
    c.data.values[0][5] = good;
    plan.forward(c.data.inputs), c.loss.evaluate(plan), plan.backward(&sgd);
    CHECK(plan.finite());
    CHECK(c.weights.snapshot().state != before.state);
  }
}

TEST_CASE("in training the state moves when the backward pass ends, and not before") {
  RandomCase c(two_and_two(), 1, 4);
  const std::vector<double> before = c.weights.snapshot().state;
  Plan plan(c.graph, c.weights, {.batch = 4, .mode = Mode::train});
  plan.forward(c.data.inputs), plan.forward(c.data.inputs);
  CHECK(c.weights.snapshot().state == before);
  c.loss.evaluate(plan);
  plan.backward();
  CHECK(c.weights.snapshot().state != before);
}

TEST_CASE("a step that is not finite is given up whole, and the next one is as if it had not been") {
  for (const double clip : {0.0, 1.0}) {
    const auto run = [&](bool stumble) {
      RandomCase c(two_and_two(), 1, 4);
      Plan plan(c.graph, c.weights, {.batch = 4, .mode = Mode::train});
      Sgd sgd({.rate = 0.1, .momentum = 0.9, .clip_norm = clip});
      for (int step = 0; step < 4; ++step) {
        plan.set_pass_number(static_cast<std::uint64_t>(step));
        plan.forward(c.data.inputs), c.loss.evaluate(plan), plan.backward(&sgd);
        CHECK(plan.finite());
        if (!stumble || step != 1) continue;
        const Weights::Snapshot before = c.weights.snapshot();
        plan.forward(c.data.inputs), c.loss.evaluate(plan);
        *plan.output_gradient(1).data = not_a_number;
        plan.backward(&sgd);
        CHECK(!plan.finite());
        CHECK(c.weights.snapshot().values == before.values);
        CHECK(c.weights.snapshot().state == before.state);
        CHECK(c.weights.gradients_used());
      }
      return c.weights.snapshot();
    };
    const Weights::Snapshot plain = run(false), stumbled = run(true);
    CHECK(plain.values == stumbled.values);
    CHECK(plain.state == stumbled.state);
  }
}

TEST_CASE("the momentum lasts from step to step") {
  const Sequential net(Shape{1}, Dense(1, {.bias = false, .init = init::zeros()}));
  for (const bool inside : {false, true}) {
    Weights weights(net);
    Plan plan(net, weights, {.batch = 1, .mode = Mode::train});
    Sgd sgd({.rate = 1, .momentum = 0.5});
    const real one = 1;
    for (int step = 0; step < 3; ++step) {
      plan.forward({&one, Shape{1}, 1});
      plan.output_gradient().data[0] = 1;
      if (inside)
        plan.backward(&sgd);
      else
        plan.backward(), sgd.step(weights);
    }
    CHECK(weights.value("dense_1.weight")[0] == real(-1 - 1.5 - 1.75));
  }
}

TEST_CASE("rate, l1, l2, limit and freeze of a layer reach the optimizer") {
  const auto net = [](ItemSettings settings) {
    return Sequential(Shape{5}, Dense(6), Tanh(), With(settings, Named("it", Dense(4))), Dense(3));
  };
  const auto run = [&](const ItemSettings& changes, double decay = 0) {
    RandomCase c(static_cast<Graph>(net(changes)), 4, 6);
    const ParamSettings settings = c.weights.settings("it");
    const std::vector<real> w = copy_of(c.weights.value("it.weight"));
    Plan plan(c.graph, c.weights, {.batch = 6, .mode = Mode::train});
    plan.forward(c.data.inputs), c.loss.evaluate(plan), plan.backward();
    const std::vector<real> g = copy_of(c.weights.gradient("it.weight"));
    Sgd sgd({.rate = 0.1, .weight_decay = decay});
    sgd.step(c.weights);
    double worst = 0;
    for (std::size_t i = 0; i < w.size(); ++i) {
      const auto before = static_cast<double>(w[i]);
      const double slope = static_cast<double>(g[i]) + settings.l1 * (before > 0 ? 1 : -1) + (settings.l2 + decay) * before;
      double after = before - 0.1 * settings.rate * slope;
      if (settings.limit > 0) after = std::clamp(after, -settings.limit, settings.limit);
      if (settings.freeze) after = before;
      worst = std::max(worst, std::abs(after - static_cast<double>(c.weights.value("it.weight")[i])));
    }
    return worst;
  };
  CHECK(run({}) < rounding);
  CHECK(run({.rate = 0}) == 0);
  CHECK(run({.rate = 3}) < rounding);
  CHECK(run({.l1 = 0.2}) < rounding);
  CHECK(run({.l2 = 0.3}) < rounding);
  CHECK(run({.rate = 0.5, .l1 = 0.2, .l2 = 0.3, .limit = 0.25}, 0.01) < rounding);
  CHECK(run({.freeze = true}, 0.01) == 0);
}

TEST_CASE("a frozen layer keeps its weights and has no gradient, and those below it are trained") {
  for (const bool inside : {false, true}) {
    const Sequential net(Shape{2, 5, 5}, Conv2d(3), BatchNorm(), With({.freeze = true}, Affine()), Relu(),
                         With({.freeze = true}, Conv2d(2)), Flatten(), With({.freeze = true}, Dense(4)), Dense(3));
    RandomCase c(static_cast<Graph>(net), 4, 6);
    std::fill(c.weights.gradient_block().begin(), c.weights.gradient_block().end(), real(7));
    const Weights::Snapshot before = c.weights.snapshot();
    Plan plan(c.graph, c.weights, {.batch = 6, .mode = Mode::train});
    Adam adam({.rate = 0.1, .weight_decay = 0.1});
    plan.forward(c.data.inputs), c.loss.evaluate(plan);
    if (inside)
      plan.backward(&adam);
    else
      plan.backward(), adam.step(c.weights);
    for (std::size_t i = 0; i < c.weights.tensors().size(); ++i) {
      const Range& range = c.weights.ranges()[i];
      INFO(c.weights.tensors()[i].name);
      const std::vector<real> w(range.weight, range.weight + range.size), g(range.gradient, range.gradient + range.size);
      const std::vector<real> old(before.values.begin() + static_cast<std::ptrdiff_t>(range.offset),
                                  before.values.begin() + static_cast<std::ptrdiff_t>(range.offset + range.size));
      CHECK((w == old) == range.settings.freeze);
      if (range.settings.freeze) CHECK(g == std::vector<real>(range.size, 0));
    }
    CHECK(c.weights.snapshot().state != before.state);  // statistics are no parameters
  }
}

TEST_CASE("with everything frozen there is nothing to do, and the input gradient is still there") {
  const Sequential net(Shape{3}, With({.freeze = true}, Dense(4)), Relu());
  RandomCase c(static_cast<Graph>(net), 4, 6);
  Plan with(c.graph, c.weights, {.batch = 6, .mode = Mode::train, .input_gradient = true}),
      without(c.graph, c.weights, {.batch = 6, .mode = Mode::train});
  without.forward(c.data.inputs), c.loss.evaluate(without), without.backward();
  CHECK(without.finite());
  with.forward(c.data.inputs), c.loss.evaluate(with), with.backward();
  double sum = 0;
  for (real g : with.input_gradient()) sum += std::abs(static_cast<double>(g));
  CHECK(sum > 0);
}

TEST_CASE("dropout draws by its name: a layer that is added elsewhere does not change what it drops") {
  const auto dropped = [](const Graph& graph) {
    Weights weights(graph, 3);
    Plan plan(graph, weights, {.batch = 4, .mode = Mode::train});
    const std::vector<real> ones(4 * 50, 1);
    const ConstView y = plan.forward({ones.data(), Shape(50), 4});
    std::vector<bool> zeros;
    for (const real value : y) zeros.push_back(value == 0);
    return zeros;
  };
  const std::vector<bool> alone = dropped(Sequential(Shape(50), Dropout(0.5)));
  CHECK(dropped(Sequential(Shape(50), ActivationClamp(), Affine(), Dropout(0.5))) == alone);
  CHECK(dropped(Sequential(Shape(50), Named("other", Dropout(0.5)))) != alone);
}

TEST_CASE("dropout follows the pass number: the same one, the same choice") {
  const Sequential net(Shape{50}, Dropout(0.5));
  Weights weights(net, 3);
  const std::vector<real> x(100, 1);
  Plan plan(net, weights, {.batch = 2, .mode = Mode::train});
  const auto pass = [&] { return copy_of(plan.forward({x.data(), Shape{50}, 2})); };
  const std::vector<real> first = pass(), second = pass();
  CHECK(first != second);
  CHECK(plan.pass_number() == 2);
  plan.set_pass_number(1);
  CHECK(pass() == second);
  plan.set_pass_number(0);
  CHECK(pass() == first);
  Plan evaluate(net, weights, {.batch = 2});
  CHECK(copy_of(evaluate.forward({x.data(), Shape{50}, 2})) == x);
}

TEST_CASE("plans may share threads and weights, may be moved, and say what they are") {
  RandomCase c(two_and_two(), 1, 4);
  const auto threads = std::make_shared<ThreadPool>(2);
  Plan train(c.graph, c.weights, {.batch = 4, .mode = Mode::train, .pool = threads}),
      evaluate(c.graph, c.weights, {.batch = 4, .pool = threads});
  train.forward(c.data.inputs);
  const std::vector<real> before = copy_of(train.output());
  evaluate.forward(c.data.inputs);  // between the two passes of the other
  CHECK(copy_of(train.output()) == before);
  c.loss.evaluate(train);
  Plan moved = std::move(train);
  moved.backward();
  CHECK(moved.finite());
  CHECK(copy_of(c.weights.gradient_block()) == RandomCase(two_and_two(), 1, 4).step(PlanOptions{}).weight_gradients);
  CHECK(moved.batch() == 4);
  CHECK(moved.mode() == Mode::train);
}

TEST_CASE("training needs more memory than evaluation, which goes on in a few buffers") {
  const auto bytes = [](const Graph& graph, Mode mode) {
    Weights weights(graph);
    return Plan(graph, weights, {.batch = 8, .mode = mode}).bytes();
  };
  const auto deep = [](int layers) {
    Graph g(Shape{100});
    for (Node x{0}; layers > 0; --layers) x = g.then(x, Dense(100), Relu());
    return g;
  };
  CHECK(bytes(deep(10), Mode::evaluate) == bytes(deep(3), Mode::evaluate));
  CHECK(bytes(deep(10), Mode::evaluate) == 3 * 8 * 100 * sizeof(real));  // two in turn, and the output
  CHECK(bytes(deep(10), Mode::train) > bytes(deep(5), Mode::train));
  // Every activation, gradients until the end of their stage, and those of one layer's weights.
  CHECK(bytes(deep(10), Mode::train) <= ((10 + 11) * 8 * 100 + 101 * 100 + 64) * sizeof(real));
}

TEST_CASE("the summary of a plan tells what was fused, what is done in place, and what does not go back") {
  const Sequential net(Shape{3, 4, 4}, Tanh(), Named("conv", Conv2d(2)), BatchNorm(), Affine(), Relu(), Flatten(), Dropout(0.5),
                       With({.freeze = true}, Dense(2)));
  Weights weights(net);
  const std::string text = Plan(net, weights, {.batch = 4, .mode = Mode::train, .observe = {"dense_1"}}).summary();
  const auto line_of = [&](const std::string& name) {
    const std::size_t at = text.find(name);
    REQUIRE(at != std::string::npos);
    return text.substr(at, text.find('\n', at) - at);
  };
  CHECK(line_of("batch_norm_1 + affine_1 + relu_1").find("2x2x2") != std::string::npos);
  CHECK(line_of("tanh_1").find("forward only") != std::string::npos);
  CHECK(line_of("conv ").find("forward only") == std::string::npos);
  CHECK(line_of("flatten_1").find("the same values") != std::string::npos);
  CHECK(line_of("dropout_1").find("in place") != std::string::npos);
  CHECK(line_of("dense_1").find("frozen, observed") != std::string::npos);
  CHECK(text.find("6 ops for 8 layers") != std::string::npos);
}

TEST_CASE("inputs may lie elsewhere in every pass, and be the same memory for two inputs") {
  Graph g;
  const Node a = g.input(Shape{2, 3}), b = g.input(Shape{2, 3});
  g.join(Difference(), {g.then(a, Flatten()), g.then(b, Flatten(), Relu())});
  Weights weights(g);
  Plan plan(g, weights, {.batch = 2});
  std::vector<real> x{1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12}, expected;
  for (real v : x) expected.push_back(v - std::max(v, real(0)));
  const std::vector<real> elsewhere = x;
  const ConstView here{x.data(), Shape{2, 3}, 2}, there{elsewhere.data(), Shape{2, 3}, 2};
  CHECK(copy_of(plan.forward(std::vector<ConstView>{here, there})) == expected);
  CHECK(copy_of(plan.forward(std::vector<ConstView>{there, here})) == expected);
  CHECK(copy_of(plan.forward(std::vector<ConstView>{here, here})) == expected);
  CHECK(x == elsewhere);  // inputs are the caller's, and stay as they are
}

TEST_CASE("an output may be a reshaped input") {
  Graph g(Shape{2, 3});
  g.then(Node{0}, Flatten());
  Weights weights(g);
  Plan plan(g, weights, {.batch = 2, .mode = Mode::train, .input_gradient = true});
  const std::vector<real> x{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  CHECK(copy_of(plan.forward({x.data(), Shape{2, 3}, 2})) == x);
  std::copy(x.begin(), x.end(), plan.output_gradient().begin());
  plan.backward();
  CHECK(copy_of(plan.input_gradient()) == x);
}
