// Learning row by row: against loops written by hand, with targets that come at once, later or never.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/files/checkpoint_file.h"
#include "cambium/framework/planning/plan.h"
#include "cambium/framework/testing/count_allocations.h"
#include "cambium/framework/training/online_learner.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/squared_error.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/multi_scale_norm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/regularization/dropout.h"
#include "cambium/optimizers/adam.h"
#include "cambium/optimizers/sgd.h"
#include "tests/data/temp_folder.h"

namespace cambium {
namespace {

using doctest::Contains;

constexpr int columns = 5;

Graph net(int outputs) {
  return Sequential(Shape{columns}, MultiScaleNorm(), Dense(8), OnlineNorm(), Affine(), Relu(), Dense(outputs));
}

// Rows whose first column says the class, by where it stands in its own drift, in labels that stick a little.
struct Row {
  std::vector<real> x = std::vector<real>(columns);
  int label = 0;
  real value = 0;
  ConstView view() const { return {x.data(), Shape{columns}, 1}; }
  std::span<const int> labels() const { return {&label, 1}; }
  ConstView values() const { return {&value, Shape{1}, 1}; }
};
std::vector<Row> made(int n, int classes = 2) {
  std::vector<Row> rows(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Random random = Random(3).of(i);
    for (std::size_t c = 0; c < columns; ++c)
      rows[i].x[c] = static_cast<real>(100 * static_cast<double>(c) + 0.01 * static_cast<double>(i) + random.normal(c));
    const double z = random.normal(0) + 0.5 * random.normal(1);
    rows[i].label = std::clamp(static_cast<int>(std::floor(z + classes / 2.0)), 0, classes - 1);
    rows[i].value = static_cast<real>(z);
  }
  return rows;
}

std::vector<real> copy(std::span<const real> y) { return {y.begin(), y.end()}; }

OnlineLearnerOptions all_voices() { return {.window = 50, .later = 20, .average = 0.99, .last_target = true}; }

}  // namespace

TEST_CASE("online learner: gives the bits of the loop by hand") {
  const Graph graph = net(2);
  OnlineLearner learner(graph, SoftmaxCrossEntropy(), Sgd({.rate = 0.05}), {.seed = 4});
  Weights weights(graph, 4);
  Plan plan(graph, weights, {.batch = 1, .mode = Mode::train});
  Sgd optimizer({.rate = 0.05});
  const SoftmaxCrossEntropy loss;
  bool same = true;
  for (const Row& row : made(300)) {
    const std::vector<real> y = copy(learner.learn(row.view(), row.labels()));
    same = same && y == copy({plan.forward(row.view()).data, 2});
    loss.evaluate(plan.output(), row.labels(), plan.output_gradient());
    plan.backward(&optimizer);
  }
  CHECK(same);
  CHECK(std::ranges::equal(std::as_const(learner.weights()).block(), std::as_const(weights).block()));
  CHECK(learner.learnt() == 300);
}

TEST_CASE("online learner: targets that come 1, 10 and 1000 rows later give the bits of a loop with a queue") {
  for (const std::size_t delay : {1u, 10u, 1000u}) {
    const Graph graph = net(2);
    OnlineLearner learner(graph, SoftmaxCrossEntropy(), Sgd({.rate = 0.05}), {.later = 1000});
    Weights weights(graph, 1);
    Plan front(graph, weights, {.batch = 1, .mode = Mode::adapt, .stop = "multi_scale_norm_1"});
    Plan behind(graph, weights, {.batch = 1, .mode = Mode::train, .start = "dense_1"});
    Sgd optimizer({.rate = 0.05});
    const SoftmaxCrossEntropy loss;
    const std::vector<Row> rows = made(1500);
    std::deque<std::vector<real>> queue;  // what the norm made of each row
    const Shape wide = graph.entries()[1].shape;
    bool same = true;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (queue.size() == delay) {
        const Row& late = rows[i - delay];
        loss.evaluate(behind.forward({queue.front().data(), wide, 1}), late.labels(), behind.output_gradient());
        behind.backward(&optimizer);
        same = same && learner.tell(static_cast<std::int64_t>(i - delay), late.labels());
        queue.pop_front();
      }
      queue.push_back(copy({front.forward(rows[i].view()).data, as_size(wide.size())}));
      const std::vector<real> y = copy(learner.ask(static_cast<std::int64_t>(i), rows[i].view()));
      same = same && y == copy({behind.forward({queue.back().data(), wide, 1}).data, 2});
    }
    CHECK(same);
    CHECK(std::ranges::equal(std::as_const(learner.weights()).block(), std::as_const(weights).block()));
    CHECK(std::ranges::equal(std::as_const(learner.weights()).state_block(), std::as_const(weights).state_block()));
    CHECK(learner.waiting() == static_cast<std::int64_t>(delay));
    CHECK(learner.dropped() == 0);
  }
}

TEST_CASE("online learner: targets that come before the next row give the bits of learn") {
  OnlineLearner at_once(net(2), SoftmaxCrossEntropy(), Sgd(), all_voices()),
      asked(net(2), SoftmaxCrossEntropy(), Sgd(), all_voices());
  bool same = true;
  std::int64_t key = 0;
  for (const Row& row : made(300)) {
    same = same && copy(at_once.learn(row.view(), row.labels())) == copy(asked.ask(++key, row.view()));
    same = same && asked.tell(key, row.labels());
  }
  CHECK(same);
  CHECK(std::ranges::equal(std::as_const(at_once.weights()).block(), std::as_const(asked.weights()).block()));
}

TEST_CASE("online learner: rows that are asked about move the norms at the input, of a model without such nothing") {
  const std::vector<Row> rows = made(40);
  const auto mean_after = [&](Graph graph, const std::string& name) {
    OnlineLearner learner(std::move(graph), SoftmaxCrossEntropy(), Sgd(), {.later = 100});
    for (std::size_t i = 0; i < rows.size(); ++i) learner.ask(static_cast<std::int64_t>(i), rows[i].view());
    return learner.weights().state(name + ".mean")[2];
  };
  CHECK(mean_after(net(2), "multi_scale_norm_1") == doctest::Approx(200).epsilon(0.02));
  CHECK(mean_after(net(2), "online_norm_1") == 0);
  CHECK(mean_after(Sequential(Shape{columns}, Dense(8), OnlineNorm(), Dense(2)), "online_norm_1") == 0);
}

TEST_CASE("online learner: a target that never comes is dropped and counted, one out of order is learnt") {
  const std::vector<Row> rows = made(60);
  OnlineLearner learner(net(2), SoftmaxCrossEntropy(), Sgd(), {.later = 10});
  for (std::size_t i = 0; i < rows.size(); ++i) learner.ask(static_cast<std::int64_t>(i) * 1'000'003, rows[i].view());
  CHECK(learner.dropped() == 50);
  CHECK(learner.waiting() == 10);
  CHECK(!learner.tell(49 * 1'000'003, rows[49].labels()));
  CHECK(!learner.tell(7, rows[0].labels()));
  for (const std::size_t i : {55u, 50u, 59u}) CHECK(learner.tell(static_cast<std::int64_t>(i) * 1'000'003, rows[i].labels()));
  CHECK(!learner.tell(55 * 1'000'003, rows[55].labels()));
  CHECK(learner.waiting() == 7);
  learner.ask(51 * 1'000'003, rows[51].view());  // the one that waits goes
  CHECK(learner.dropped() == 51);
  CHECK(learner.waiting() == 7);
  CHECK(learner.learnt() == 3);
}

TEST_CASE("online learner: several rows at once give the bits of one after the other") {
  const std::vector<Row> rows = made(120);
  OnlineLearner one(net(2), SoftmaxCrossEntropy(), Sgd(), all_voices()),
      several(net(2), SoftmaxCrossEntropy(), Sgd(), all_voices());
  bool same = true;
  for (std::size_t i = 0; i < rows.size(); i += 4) {
    std::vector<real> x, single;
    std::vector<int> labels;
    for (std::size_t k = i; k < i + 4; ++k) {
      x.insert(x.end(), rows[k].x.begin(), rows[k].x.end());
      labels.push_back(rows[k].label);
      const std::span<const real> y = one.learn(rows[k].view(), rows[k].labels());
      single.insert(single.end(), y.begin(), y.end());
    }
    same = same && copy(several.learn({x.data(), Shape{columns}, 4}, labels)) == single;
  }
  CHECK(same);
}

TEST_CASE("online learner: nothing is allocated once it runs") {
  const std::vector<Row> rows = made(400);
  OnlineLearner learner(net(2), SoftmaxCrossEntropy(), Sgd(), all_voices());
  learner.adapt(rows[0].view());
  learner.learn(rows[0].view(), rows[0].labels());
  const cambium_testing::AllocationCount count;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    learner.learn(rows[i].view(), rows[i].labels());
    learner.ask(static_cast<std::int64_t>(i), rows[i].view());
    if (i % 3 != 0) learner.tell(static_cast<std::int64_t>(i), rows[i].labels());
    learner.predict(rows[i].view());
    learner.adapt(rows[i].view());
  }
  CHECK(count.since() == 0);
}

TEST_CASE("online learner: predict moves nothing, adapt moves statistics alone") {
  const std::vector<Row> rows = made(40);
  OnlineLearner learner(net(2), SoftmaxCrossEntropy(), Sgd(), all_voices());
  for (const Row& row : rows) learner.learn(row.view(), row.labels());
  const auto block = [&] { return copy(std::as_const(learner.weights()).block()); };
  const auto state = [&] {
    const std::span<const double> all = std::as_const(learner.weights()).state_block();
    return std::vector<double>(all.begin(), all.end());
  };
  const std::vector<real> weights = block(), first = copy(learner.predict(rows[0].view()));
  const std::vector<double> statistics = state();
  CHECK(copy(learner.predict(rows[0].view())) == first);
  CHECK(state() == statistics);
  learner.adapt(rows[0].view());
  CHECK(block() == weights);
  CHECK(state() != statistics);
  OnlineLearner asked(net(2), SoftmaxCrossEntropy(), Sgd(), all_voices()),
      alone(net(2), SoftmaxCrossEntropy(), Sgd(), all_voices());
  for (const Row& row : rows) {
    asked.predict(row.view());
    asked.adapt(row.view()), alone.adapt(row.view());
    asked.ask(1, row.view()), asked.predict(row.view()), alone.ask(1, row.view());
    asked.learn(row.view(), row.labels()), alone.learn(row.view(), row.labels());
  }
  CHECK(std::ranges::equal(std::as_const(asked.weights()).state_block(), std::as_const(alone.weights()).state_block()));
}

TEST_CASE("online learner: goes on from its state bit for bit") {
  const cambium_tests::TempFolder folder;
  const std::vector<Row> rows = made(200);
  for (const bool classes : {true, false}) {
    const auto learner = [&] {
      return classes ? OnlineLearner(net(2), SoftmaxCrossEntropy(), Adam(), all_voices())
                     : OnlineLearner(net(1), SquaredError(), Adam(), all_voices());
    };
    const auto take = [&](OnlineLearner& of, std::size_t i) {
      const Target target = classes ? Target(rows[i].labels()) : Target(rows[i].values());
      of.ask(static_cast<std::int64_t>(i), rows[i].view());
      if (i >= 7 && i % 5 != 0) of.tell(static_cast<std::int64_t>(i) - 7, target);
      return copy(of.learn(rows[i].view(), target));
    };
    OnlineLearner whole = learner(), before = learner(), after = learner();
    for (std::size_t i = 0; i < 100; ++i) take(whole, i), take(before, i);
    const std::string path = folder.file("learner.safetensors");
    save_checkpoint(
        before.weights(), [&](StateDict& dict) { before.state_dict(dict); }, path);
    CheckpointFile(path).load(after.weights(), [&](StateDict& dict) { after.state_dict(dict); });
    bool same = true;
    for (std::size_t i = 100; i < 200; ++i) same = same && take(whole, i) == take(after, i);
    CHECK(same);
    CHECK(whole.metrics().window().loss == after.metrics().window().loss);
    CHECK(whole.metrics().all().rows == after.metrics().all().rows);
    CHECK(whole.dropped() == after.dropped());
  }
}

TEST_CASE("online learner: learns a class that was never seen") {
  const std::vector<Row> rows = made(4000, 3);
  OnlineLearner learner(net(2), SoftmaxCrossEntropy(), Sgd({.rate = 0.05}), all_voices());
  std::size_t i = 0;
  for (; i < 1000; ++i)
    if (rows[i].label < 2) learner.learn(rows[i].view(), rows[i].labels());
  const std::vector<real> before = copy(learner.predict(rows[0].view()));
  learner.ask(-5, rows[0].view());
  learner.grow(net(3), std::make_unique<Sgd>(SgdOptions{.rate = 0.05}));
  const std::vector<real> after = copy(learner.predict(rows[0].view()));
  const auto p = [](const std::vector<real>& y, std::size_t c) { return std::exp(static_cast<double>(y[c])); };
  CHECK(p(after, 2) < 0.1);
  CHECK(p(after, 0) == doctest::Approx(p(before, 0)).epsilon(0.1));
  CHECK(learner.tell(-5, rows[0].labels()));
  for (; i < rows.size(); ++i) learner.learn(rows[i].view(), rows[i].labels());
  CHECK(learner.metrics().window().accuracy > 0.7);
  CHECK(learner.learnt() > 3000);
  CHECK_THROWS_WITH_AS(learner.grow(net(2), std::make_unique<Sgd>()), Contains("more classes"), Error);
}

TEST_CASE("online learner: other voices are as good as the best of them") {
  // Labels that stick, and columns that say little: the last label says more than the model can.
  std::vector<Row> rows = made(6000);
  int label = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (Random(8).uniform(i) < 0.05) label = 1 - label;
    rows[i].label = label;
  }
  OnlineLearner alone(net(2), SoftmaxCrossEntropy(), Sgd()), with(net(2), SoftmaxCrossEntropy(), Sgd(), {.last_target = true});
  for (const Row& row : rows) alone.learn(row.view(), row.labels()), with.learn(row.view(), row.labels());
  const StreamFigures figures = with.metrics().all();
  CHECK(figures.accuracy_of_last == doctest::Approx(0.95).epsilon(0.02));
  CHECK(figures.accuracy > figures.accuracy_of_last - 0.005);
  CHECK(alone.metrics().all().accuracy < 0.9);
}

TEST_CASE("online learner: batch norm is refused, and frozen it holds its statistics, also where targets come later") {
  const Graph free = Sequential(Shape{columns}, BatchNorm(), Dense(2));
  CHECK_THROWS_WITH_AS(OnlineLearner(free, SoftmaxCrossEntropy(), Sgd()), Contains("a training batch of 1"), Error);
  OnlineLearner learner(Sequential(Shape{columns}, With({.freeze = true}, BatchNorm()), Dense(2)), SoftmaxCrossEntropy(), Sgd(),
                        all_voices());
  const std::span<const double> held = std::as_const(learner.weights()).state_block();
  const std::vector<double> before(held.begin(), held.end());
  for (const Row& row : made(30)) learner.learn(row.view(), row.labels());
  for (const Row& row : made(5)) learner.ask(7, row.view()), learner.tell(7, row.labels()), learner.adapt(row.view());
  CHECK(learner.learnt() == 35);
  CHECK(std::equal(before.begin(), before.end(), held.begin()));
}

TEST_CASE("online learner: what cannot be is refused before anything moves") {
  const std::vector<Row> rows = made(3);
  OnlineLearner learner(net(2), SoftmaxCrossEntropy(), Sgd());
  Row bad = rows[1];
  bad.x[3] = std::numeric_limits<real>::quiet_NaN();
  CHECK_THROWS_WITH_AS(learner.learn(bad.view(), bad.labels()),
                       "online_learner: value 3 of the row is nan; try leaving the row out", Error);
  bad = rows[1], bad.label = 2;
  CHECK_THROWS_WITH_AS(learner.learn(bad.view(), bad.labels()), Contains("the 2 classes count from 0 to 1"), Error);
  CHECK_THROWS_WITH_AS(learner.ask(1, rows[0].view()), Contains(".later = 1000"), Error);
  CHECK(learner.learnt() == 0);
  CHECK(learner.metrics().all().rows == 0);
  CHECK(!learner.tell(1, rows[0].labels()));
  const Graph dropping = Sequential(Shape{columns}, Dense(4), Dropout(0.5), Dense(2));
  CHECK_THROWS_WITH_AS(OnlineLearner(dropping, SoftmaxCrossEntropy(), Sgd()), Contains("would leave values out"), Error);
  CHECK_THROWS_WITH_AS(OnlineLearner(net(2), SoftmaxCrossEntropy(), Sgd(), {.average = 1}), Contains(".average = 1"), Error);
  CHECK_THROWS_WITH_AS(OnlineLearner(net(2), SoftmaxCrossEntropy(), Sgd(), {.window = 0}), Contains(".window = 0"), Error);
}

}  // namespace cambium
