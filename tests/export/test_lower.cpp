// What a model becomes before it is written for other programs.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "cambium/cambium.h"
#include "cambium/framework/export/lower.h"
#include "tests/export/export_case.h"
#include "tests/layers/by_hand.h"
#include "tests/misuse/misuse.h"
#include "tests/support/odd_layers.h"

namespace cambium {
namespace {

using namespace inference;

// A pool that says what it does, but not where.
class Somewhere final : public Layer {
 public:
  LayerSpec plan(const Setting& setting) const override {
    LayerSpec spec;
    spec.out = only_image(setting);
    spec.form = form::MaxPool{};
    return spec;
  }
  void forward(const Forward&, Slice) const noexcept override {}
  void backward_input(const Backward&, Slice) const noexcept override {}
  Description describe() const override { return {"somewhere", {}}; }
};

std::string refusal(const Graph& graph) {
  return error_of([&] { lower(graph, Weights(graph)); });
}

TEST_CASE("lower: a layer that does not say what it computes is refused by name") {
  CHECK(
      refusal(Sequential(Shape(3), Relu(), Named("own", Square()))) ==
      "layer 2 own: cannot be exported, since it does not say what it computes; try a LayerSpec::form or LayerSpec::exported that "
      "says it, or a layer of this library");
  CHECK(fits(refusal(Sequential(Shape{1, 2, 2}, Somewhere())),
             "layer 1 somewhere_1: cannot be exported, since it does not say where its windows stand; try *"));
}

TEST_CASE("lower: what no output depends on is not there, and need not be known") {
  Graph graph(Shape(3));
  const Node end = graph.then(graph.input_node(), Dense(2));
  graph.then(graph.input_node(), Square());
  graph.output(end);
  const Program program = lower(graph, Weights(graph));
  CHECK(program.ops.size() == 1);
  CHECK(program.value(program.outputs[0]).name == "dense_1");
}

TEST_CASE("lower: numbers that are not finite are refused") {
  const Graph graph = Sequential(Shape(2), Dense(2), Affine());
  for (const std::string name : {"dense_1.weight", "affine_1.beta"}) {
    Weights weights(graph);
    weights.value(name)[1] = std::numeric_limits<real>::infinity();
    CHECK(fits(error_of([&] { lower(graph, weights); }),
               "layer * " + name.substr(0, name.find('.')) + ": has a number that is not finite; try weights that are"));
  }
}

TEST_CASE("lower: a norm and the affine step behind it are one map, unless somebody looks between them") {
  const ExportCase one("one", Sequential(Shape{2, 2, 2}, BatchNorm(), Affine(), Relu()), 4);
  const Program program = one.program();
  REQUIRE(program.ops.size() == 2);
  const auto& map = std::get<Map>(program.ops[0].what);
  CHECK(program.value(program.ops[0].output).name == "affine_1");
  const double mean = one.weights.state("batch_norm_1.running_mean")[1], var = one.weights.state("batch_norm_1.running_var")[1];
  const double gamma = static_cast<double>(one.weights.value("affine_1.gamma")[1]),
               beta = static_cast<double>(one.weights.value("affine_1.beta")[1]);
  CHECK(map.before[1] + mean == doctest::Approx(0).epsilon(1e-6));
  CHECK(map.scale[1] == doctest::Approx(gamma / std::sqrt(var + 1e-5)).epsilon(1e-6));
  CHECK(map.after[1] == doctest::Approx(beta).epsilon(1e-5));

  Graph looked_at(Shape(3));
  const Node norm = looked_at.then(looked_at.input_node(), BatchNorm());
  looked_at.output(looked_at.then(norm, Affine()));
  looked_at.output(norm);
  CHECK(lower(looked_at, Weights(looked_at)).ops.size() == 2);
  CHECK(ExportCase("pooled", Sequential(Shape(3), BatchNorm(), Affine({.per = Per::pooled})), 1).program().ops.size() == 2);
}

TEST_CASE("lower: a norm of several memories is a map for each, cut at its own bound, side by side") {
  const MultiScaleNorm norm({.scales = 2, .shortest = 0.5});
  const Program program = lower(Sequential(Shape(3), norm), Weights(Sequential(Shape(3), norm)));
  REQUIRE(program.ops.size() == 5);
  for (const std::size_t k : {0u, 1u}) {
    CHECK(std::get<Map>(program.ops[2 * k].what).channels == 3);
    CHECK(std::get<form::Clip>(program.ops[2 * k + 1].what).bound ==
          doctest::Approx(1 / std::sqrt(norm.alpha(static_cast<int>(k)) * (1 - norm.alpha(static_cast<int>(k))))));
    CHECK(program.ops[2 * k].inputs[0] == program.inputs[0]);
    CHECK(program.ops[4].inputs[k] == program.ops[2 * k + 1].output);
  }
  CHECK(std::get<form::Join>(program.ops[4].what).how == form::Join::How::channels);
  CHECK(program.value(program.ops[1].output).name == "multi_scale_norm_1.scale_0");
  CHECK(program.value(program.outputs[0]).shape == Shape(6));
}

// Of double precision the numbers of a file, which are float, keep less.
TEST_CASE("lower: an offset of a million deviations costs no digits" * doctest::skip(sizeof(real) != sizeof(float))) {
  const ExportCase far("far", Sequential(Shape(1), BatchNorm({.momentum = 1}), Affine()), 50, 1e6, 1);
  const auto map = std::get<Map>(far.program().ops[0].what);
  std::vector<float> y;
  for (const real x : far.x[0])
    y.push_back((static_cast<float>(x) + static_cast<float>(map.before[0])) * static_cast<float>(map.scale[0]) +
                static_cast<float>(map.after[0]));
  CHECK(error_of_outputs(far, {y}) < 1e-6);
}

TEST_CASE("lower: on request norms and affine steps go into the linear layer before them, unless somebody looks between") {
  const auto count = [](const Graph& graph, bool fold) { return lower(graph, Weights(graph), {.fold = fold}).ops.size(); };
  ExportCase one("one", Sequential(Shape(3), Dense(2), BatchNorm(), Affine(), Relu(), Dense(1, {.bias = false}), Affine()), 4);
  CHECK(one.program().ops.size() == 5);
  const Gemm plain = std::get<Gemm>(one.program().ops[0].what);
  const Map map = std::get<Map>(one.program().ops[1].what);
  one.options.fold = true;
  const Program program = one.program();
  REQUIRE(program.ops.size() == 3);
  CHECK(program.values.size() == 4);
  CHECK(program.value(program.ops[0].output).name == "affine_1");
  CHECK(program.ops[1].inputs[0] == program.ops[0].output);
  CHECK(program.value(program.outputs[0]).name == "affine_2");
  CHECK(program.ops[2].output == program.outputs[0]);
  const Gemm folded = std::get<Gemm>(program.ops[0].what);
  for (std::size_t o = 0; o < 2; ++o) {
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(folded.weight[3 * o + i] == static_cast<float>(map.scale[o] * static_cast<double>(plain.weight[3 * o + i])));
    CHECK(folded.bias[o] == static_cast<float>(map.after[o] + map.scale[o] * (static_cast<double>(plain.bias[o]) + map.before[o])));
  }
  CHECK(std::get<Gemm>(program.ops[2].what).bias.size() == 1);

  Graph looked_at(Shape(3));
  const Node dense = looked_at.then(looked_at.input_node(), Dense(2));
  looked_at.output(looked_at.then(dense, Affine()));
  CHECK(count(looked_at, true) == 1);
  looked_at.output(dense);
  CHECK(count(looked_at, true) == 2);
  Graph read_twice(Shape(3));
  const Node x = read_twice.then(read_twice.input_node(), Dense(2));
  read_twice.output(read_twice.join(Add(), {x, read_twice.then(x, Affine())}));
  CHECK(count(read_twice, true) == count(read_twice, false));
  CHECK(count(Sequential(Shape(3), BatchNorm(), Affine(), Dense(2)), true) == 2);  // only what is behind it
  CHECK(count(Sequential(Shape{1, 2, 2}, Flatten(), Dense(2), Relu(), Affine()), true) == 4);

  const Graph large = Sequential(Shape(1), Dense(1), Affine());
  Weights weights(large);
  weights.value("dense_1.weight")[0] = real(1e30), weights.value("affine_1.gamma")[0] = real(1e30);
  CHECK(lower(large, weights, {.fold = true}).ops.size() == 2);  // no float holds the product
}

TEST_CASE("lower: a softmax takes the name of the output") {
  const Graph graph = Sequential(Shape(3), Dense(2));
  const Program program = lower(graph, Weights(graph), {.softmax = true});
  REQUIRE(program.ops.size() == 2);
  CHECK(std::holds_alternative<Softmax>(program.ops[1].what));
  CHECK(program.value(program.outputs[0]).name == "dense_1");
  CHECK(program.value(program.ops[0].output).name == "dense_1.scores");
}

}  // namespace
}  // namespace cambium
