// The models: that each can be built, trained, and trained without taking memory.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cambium/cambium.h"
#include "tests/support/count_allocations.h"

namespace cambium::models {
namespace {

MemoryDataset digits(int n) {
  DigitImages made = made_digits(Split::train, {.count = n, .threads = 1});
  return MemoryDataset(Shape{1, 28, 28}, std::move(made.images), {made.labels.begin(), made.labels.end()}, 10);
}

Trainer trainer_for(const Recipe& r, int batch) {
  return Trainer(r.model(Shape{1, 28, 28}, 10), SoftmaxCrossEntropy(), make_optimizer(r.optimizer, r.rate, r.schedule),
                 {.batch = batch, .seed = 3, .threads = 2});
}

}  // namespace

TEST_CASE("the table has every model once") {
  CHECK(model_names() == std::vector<std::string>{"linear", "mlp", "mlp_bn", "mlp_values", "lenet5", "conv_bn", "lenet_bn",
                                                  "residual", "online_mlp", "online_conv"});
  for (const Recipe& r : recipes()) CHECK(recipe(r.name).about == r.about);
}

TEST_CASE("every model takes any images and any number of classes") {
  for (const Recipe& r : recipes()) {
    CAPTURE(r.name);
    for (const Shape& input : {Shape{1, 28, 28}, Shape{3, 33, 18}}) {
      const Graph graph = r.model(input, 7);
      REQUIRE(graph.outputs().size() == 1);
      CHECK(graph.entries()[static_cast<std::size_t>(graph.outputs()[0])].shape == Shape(7));
      graph.check(r.batch, Mode::train);
      CHECK(graph.summary().find("parameters") != std::string::npos);
    }
    CHECK_NOTHROW(make_optimizer(r.optimizer, r.rate, r.schedule));
    CHECK(r.epochs >= 1);
  }
}

TEST_CASE("the sizes that the names promise") {
  const auto parameters = [](const char* name) { return Weights(recipe(name).model(Shape{1, 28, 28}, 10)).parameters(); };
  CHECK(parameters("linear") == 7850);
  CHECK(parameters("mlp") == 235146);
  CHECK(parameters("lenet5") == 61706);
  CHECK(parameters("lenet_bn") == 25 * 8 + 16 + 25 * 8 * 16 + 32 + 256 * 128 + 256 + 1290);
  CHECK(parameters("online_mlp") == 784 * 100 + 100 + 200 + 1010);
}

TEST_CASE("the models of tables: how far out a cell is counts for values, and for classes up to three deviations") {
  const auto beginning = [](const char* name) {
    const std::string line = line_of(recipe(name).model(Shape{5}, 3));
    return line.substr(0, line.find("dense 128"));
  };
  CHECK(beginning("mlp_bn") == "flatten, online_norm for_input, activation_clamp 3, batch_norm, ");
  CHECK(beginning("mlp_values") == "flatten, online_norm for_input, ");
}

TEST_CASE("the online models take a batch of one, and none of them needs a batch norm") {
  for (const char* name : {"online_mlp", "online_conv"}) {
    const Graph graph = recipe(name).model(Shape{1, 28, 28}, 10);
    CHECK_NOTHROW(graph.check(1, Mode::train));
    for (const Graph::Entry& entry : graph.entries()) CHECK(entry.name.find("batch_norm") == std::string::npos);
  }
  CHECK(recipe("online_mlp").batch == 1);
}

TEST_CASE("every model learns from a few digits, and its steps take no memory") {
  const MemoryDataset train = digits(480);
  for (const Recipe& r : recipes()) {
    CAPTURE(r.name);
    Trainer trainer = trainer_for(r, std::min(r.batch, 16));
    long most = 0, start = 0;
    const cambium_tests::AllocationCount count;
    const double before = trainer.evaluate(train).loss;
    trainer.fit(train, {.epochs = 2, .on_step = [&](StepReport& report) {
                          if (report.epoch == 2 && report.step > 1) most = std::max(most, count.since() - start);
                          start = count.since();
                        }});
    const Metrics after = trainer.evaluate(train);
    CHECK(most == 0);
    CHECK(after.loss < 0.6 * before);
    CHECK(after.accuracy() > 0.6);
  }
}

TEST_CASE("mlp, conv_bn and online_conv: the same bits for any number of threads") {
  const MemoryDataset train = digits(130);
  for (const char* name : {"mlp", "conv_bn", "online_conv"}) {
    CAPTURE(name);
    std::vector<std::vector<real>> results;
    for (int threads : {1, 2, 3, 8}) {
      const Recipe& r = recipe(name);
      Trainer trainer(r.model(Shape{1, 28, 28}, 10), SoftmaxCrossEntropy(), make_optimizer(r.optimizer, r.rate, r.schedule),
                      {.batch = 32, .seed = 3, .threads = threads});
      trainer.fit(train);
      results.emplace_back(trainer.weights().block().begin(), trainer.weights().block().end());
    }
    for (const auto& result : results) CHECK(result == results[0]);
  }
}

TEST_CASE("a block of a residual network keeps the shape, and wants as many channels as it is told") {
  Graph graph;
  const Node x = graph.input(Shape{8, 5, 7});
  CHECK(graph.shape(residual(graph, x, 8)) == Shape{8, 5, 7});
  CHECK_THROWS_AS(residual(graph, x, 4), Error);
}

TEST_CASE("unknown names list what there is, and the closest") {
  CHECK_THROWS_WITH_AS(
      recipe("conv_bm"),
      "no model is named 'conv_bm' (did you mean 'conv_bn'?); try linear, mlp, mlp_bn, mlp_values, lenet5, conv_bn, lenet_bn, "
      "residual, online_mlp, online_conv",
      Error);
  CHECK_THROWS_WITH_AS(make_optimizer("adm", 1e-3),
                       "no optimizer is named 'adm' (did you mean 'adam'?); try sgd, momentum, nesterov, adam, adamw", Error);
  CHECK_THROWS_WITH_AS(make_optimizer("adam", 1e-3, "onecycle"),
                       "no schedule is named 'onecycle' (did you mean 'one_cycle'?); try constant, step, cosine, one_cycle", Error);
  CHECK_THROWS_AS(make_optimizer("adam", INFINITY), Error);
}

}  // namespace cambium::models
