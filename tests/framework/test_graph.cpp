// Building models: names, nodes, outputs, and what is said about mistakes.

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "cambium/cambium.h"

using namespace cambium;

TEST_CASE("layers get the name of their kind and a number, or the one they are given") {
  const Sequential net(Shape{1, 8, 8}, Conv2d(2), Relu(), Named("second", Conv2d(3)), Relu(), Conv2d(4),
                       With({.name = "code", .rate = 0.5}, Flatten()));
  std::vector<std::string> names;
  for (const Graph::Entry& entry : net.entries()) names.push_back(entry.name);
  CHECK(names == std::vector<std::string>{"input", "conv2d_1", "relu_1", "second", "relu_2", "conv2d_2", "code"});
  CHECK(net.entries()[6].settings.rate == 0.5);
  CHECK(net.entries()[0].number == 0);
  CHECK(net.entries()[6].number == 6);
}

TEST_CASE("a made name never takes one that the user gave") {
  Graph g(Shape{4});
  const Node x = g.then(Node{0}, Named("dense_1", Relu()), Named("dense_2", Relu()), Dense(3));
  CHECK(g.entries()[static_cast<std::size_t>(x.index)].name == "dense_3");
  CHECK(g.then(x, Named("later", Dense(2))).index == 4);
  CHECK_THROWS_WITH_AS(g.then(x, Named("later", Dense(2))), doctest::Contains("layer 5 later"), Error);
  CHECK_THROWS_WITH_AS(g.then(x, Named("input", Dense(2))),
                       doctest::Contains("the name is taken; came from dense_3; try another name"), Error);
  for (const char* name : {"a b", "a.b", "a\"b", "a\tb", "a\nb"})
    CHECK_THROWS_WITH_AS(g.then(x, Named(name, Relu())), doctest::Contains("the name holds a blank, a dot or a quote"), Error);
  CHECK(g.entries().size() == 5);  // what was refused left nothing behind
}

TEST_CASE("inputs are numbered or named, and their names belong to all") {
  Graph g;
  g.input(Shape{3});
  g.input(Shape{4});
  const Node side = g.input(Shape{5}, "side");
  CHECK(g.entries()[0].name == "input");
  CHECK(g.entries()[1].name == "input_2");
  CHECK(g.find("side") == side.index);
  CHECK(g.inputs() == std::vector<int>{0, 1, 2});
  CHECK_THROWS_WITH_AS(g.input(Shape{1}, "side"), "input 'side': the name is taken; try another name", Error);
  CHECK_THROWS_AS(g.outputs(), Error);
  CHECK_THROWS_WITH_AS(g.output(side), doctest::Contains("'side' is an input"), Error);
}

TEST_CASE("shapes are inferred and checked as layers are added, and the error says who sent what") {
  Graph g(Shape{2, 9, 7});
  const Node conv = g.then(Node{0}, Conv2d(3, {.kernel = {3, 5}, .stride = {2, 1}}));
  CHECK(g.shape(conv) == Shape{3, 4, 3});
  CHECK_THROWS_WITH_AS(g.then(conv, Conv2d(1, {.kernel = 5})), doctest::Contains("layer 2 conv2d_2 (filters 1, kernel 5"), Error);
  CHECK_THROWS_WITH_AS(g.then(conv, Conv2d(1, {.kernel = 5})), doctest::Contains("came from conv2d_1"), Error);
  CHECK_THROWS_WITH_AS(g.then(conv, Dense(3)), doctest::Contains("needs a flat input, got 3x4x3"), Error);
  CHECK_THROWS_WITH_AS(g.join(Add(), {conv, Node{0}}), doctest::Contains("came from conv2d_1, input"), Error);
  CHECK_THROWS_AS(g.join(Relu(), {conv, conv}), Error);
  CHECK_THROWS_AS(g.join(Add(), std::vector<Node>{}), Error);
  CHECK(g.entries().size() == 2);
}

TEST_CASE("nodes of another graph, and nodes that are none, are refused") {
  Graph a(Shape{4}), b(Shape{4});
  const Node in_a = a.then(Node{0}, Dense(3)), in_b = b.then(Node{0}, Dense(3));
  CHECK_THROWS_WITH_AS(b.then(in_a, Relu()), doctest::Contains("a node of another graph was used"), Error);
  CHECK_THROWS_WITH_AS(b.join(Add(), {in_b, in_a}), doctest::Contains("a node of another graph"), Error);
  CHECK_THROWS_WITH_AS(b.output(in_a), doctest::Contains("a node of another graph"), Error);
  CHECK_THROWS_AS(b.shape(in_a), Error);
  CHECK_THROWS_WITH_AS(a.then(Node{}, Relu()), doctest::Contains("node -1 is not in this graph, which has 2"), Error);
  CHECK_THROWS_AS(a.then(Node{2}, Relu()), Error);
  Graph copy = a;  // knows the nodes that it was copied with
  CHECK_NOTHROW(copy.then(in_a, Relu()));
  CHECK(a.entries().size() == 2);
}

TEST_CASE("the last layer is the output, unless somebody says which") {
  Graph g(Shape{4});
  const Node a = g.then(Node{0}, Dense(3)), b = g.then(Node{0}, Dense(2));
  CHECK(g.outputs() == std::vector<int>{b.index});
  g.output(b);
  g.output(a);
  CHECK(g.outputs() == std::vector<int>{b.index, a.index});
  CHECK_THROWS_WITH_AS(g.output(a), doctest::Contains("'dense_1' is an output already"), Error);
}

TEST_CASE("an unknown name is answered with the closest one") {
  const Sequential net(Shape{4}, Dense(3), Relu());
  CHECK_THROWS_WITH_AS(net.find("dens_1"), doctest::Contains("no layer is named 'dens_1' (did you mean 'dense_1'?)"), Error);
  CHECK(net.find("relu_1") == 2);
}

TEST_CASE("settings that make no sense are refused where they are written") {
  CHECK_THROWS_WITH_AS(With({.rate = -1}, Dense(3)), doctest::Contains("settings of dense: rate = -1"), Error);
  CHECK_THROWS_WITH_AS(With({.name = "code", .l2 = NAN}, Dense(3)), doctest::Contains("settings of code: l2"), Error);
  CHECK_THROWS_AS(With({.l1 = -0.1}, Dense(3)), Error);
  CHECK_THROWS_AS(With({.limit = INFINITY}, Dense(3)), Error);
  CHECK_THROWS_AS(With({.rate = INFINITY}, Dense(3)), Error);
}

TEST_CASE("a name given around settings keeps them") {
  const Graph g = Sequential(Shape{4}, Named("code", With({.l2 = 0.5}, Dense(3))));
  CHECK(g.entries()[1].name == "code");
  CHECK(g.entries()[1].settings.l2 == 0.5);
}

TEST_CASE("a batch that a layer cannot train with is found before anything is made") {
  const Sequential flat(Shape{4}, Dense(3), BatchNorm());
  CHECK_THROWS_WITH_AS(flat.check(1, Mode::train), doctest::Contains("layer 2 batch_norm_1"), Error);
  CHECK_THROWS_WITH_AS(flat.check(1, Mode::train), doctest::Contains("OnlineNorm"), Error);
  CHECK_NOTHROW(flat.check(2, Mode::train));
  CHECK_NOTHROW(flat.check(1, Mode::evaluate));
  CHECK_NOTHROW(flat.check(1, Mode::adapt));
  CHECK_NOTHROW(Sequential(Shape{2, 3, 3}, BatchNorm()).check(1, Mode::train));
}

TEST_CASE("the summary has a line for every layer") {
  Graph g(Shape{1, 9, 7});
  const Node x = g.then(Node{0}, Conv2d(3), BatchNorm(), Relu());
  g.join(Concat(), {x, x});
  const std::string text = g.summary();
  for (const Graph::Entry& entry : g.entries())
    if (entry.layer) CHECK(text.find(entry.name) != std::string::npos);
  CHECK(text.find("6x7x5") != std::string::npos);
}

namespace {

// A layer of one's own that gives its tensors these names.
class NamesTensors : public Layer {
 public:
  NamesTensors(std::vector<std::string> params, std::vector<std::string> state, std::vector<int> sizes = {2})
      : params_(std::move(params)), state_(std::move(state)), sizes_(std::move(sizes)) {}
  void forward(const Forward&, Slice) const noexcept override {}
  void backward_input(const Backward&, Slice) const noexcept override {}
  Description describe() const override { return {.kind = "names_tensors", .fields = {}}; }
  LayerSpec plan(const Setting& setting) const override {
    LayerSpec spec;
    spec.out = only_input(setting);
    for (const std::string& name : params_) spec.params.push_back({.name = name, .sizes = sizes_, .init = init::ones()});
    for (const std::string& name : state_) spec.state.push_back({.name = name, .sizes = sizes_});
    return spec;
  }

 private:
  std::vector<std::string> params_, state_;
  std::vector<int> sizes_;
};

}  // namespace

TEST_CASE("two tensors of one name in a layer are refused when it is added") {
  const auto add = [](std::vector<std::string> params, std::vector<std::string> state) {
    Graph(Shape(3)).then(Node{0}, Named("mine", NamesTensors(std::move(params), std::move(state))));
  };
  CHECK_NOTHROW(add({"weight", "bias"}, {"mean"}));
  CHECK_THROWS_WITH_AS(add({"weight", "bias", "weight"}, {}),
                       doctest::Contains("layer 1 mine: 'weight' is the name of a parameter and of another parameter"), Error);
  CHECK_THROWS_WITH_AS(add({}, {"mean", "mean"}), doctest::Contains("'mean' is the name of a state and of another state"), Error);
  CHECK_THROWS_WITH_AS(add({"mean"}, {"mean"}), doctest::Contains("'mean' is the name of a parameter and of another state"), Error);
  CHECK_THROWS_WITH_AS(add({""}, {}), doctest::Contains("the name '' of a parameter is empty"), Error);
  CHECK_THROWS_WITH_AS(add({}, {"two words"}), doctest::Contains("the name 'two words' of a state"), Error);
}

TEST_CASE("tensors of no size or a negative one are refused when their layer is added") {
  const auto add = [](std::vector<std::string> params, std::vector<std::string> state, std::vector<int> sizes) {
    Graph(Shape(3)).then(Node{0}, NamesTensors(std::move(params), std::move(state), std::move(sizes)));
  };
  CHECK_NOTHROW(add({"weight"}, {"mean"}, {3, 1}));
  CHECK_THROWS_WITH_AS(add({"weight"}, {}, {-3}), doctest::Contains("the parameter 'weight' has the sizes -3; "), Error);
  CHECK_THROWS_WITH_AS(add({}, {"mean"}, {2, 0}), doctest::Contains("the state 'mean' has the sizes 2x0; "), Error);
}

TEST_CASE("copies of a graph share the nodes that were there, and no others") {
  Graph a(Shape{4});
  const Node x = a.then(Node{0}, Dense(3));
  Graph b = a;
  CHECK(b.shape(b.then(x, Relu())) == Shape{3});
  const Node of_b = b.then(x, Dense(3)), of_a = a.then(x, Tanh(), Dense(3));
  CHECK(of_a.index == of_b.index);
  CHECK_THROWS_WITH_AS(a.then(of_b, Relu()), doctest::Contains("a node of another graph was used"), Error);
  CHECK_THROWS_WITH_AS(b.output(of_a), doctest::Contains("a node of another graph was used"), Error);
  CHECK_NOTHROW(a.output(of_a));
}

TEST_CASE("names of inputs keep to the rules of names") {
  Graph g;
  CHECK_THROWS_WITH_AS(g.input(Shape{3}, "left.eye"), doctest::Contains("input 'left.eye': the name holds a blank, a dot"), Error);
  g.input(Shape{3}, "left");
  CHECK_THROWS_WITH_AS(g.input(Shape{3}, "left"), doctest::Contains("input 'left': the name is taken"), Error);
}
