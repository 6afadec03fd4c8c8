// The training loop: that it is the loop one would write by hand, and what it adds to it.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "cambium/cambium.h"
#include "tests/support/count_allocations.h"

namespace cambium {
namespace {

constexpr double rounding = sizeof(real) == 4 ? 2e-6 : 1e-13;

// Points around three corners of a square; with `noise` in the labels, so many of ten are wrong.
MemoryDataset corners(int n, std::uint64_t seed, double wrong = 0) {
  const Random random(seed);
  std::vector<real> x;
  std::vector<int> labels;
  for (int i = 0; i < n; ++i) {
    const auto k = static_cast<std::uint64_t>(3 * i);
    const int label = i % 3;
    x.push_back(static_cast<real>((label == 1 ? 2 : -2) + 0.5 * random.normal(k)));
    x.push_back(static_cast<real>((label == 2 ? 2 : -2) + 0.5 * random.normal(k + 1)));
    labels.push_back(random.uniform(k + 2) < wrong ? static_cast<int>(random.below(k + 2, 3)) : label);
  }
  return MemoryDataset(Shape(2), std::move(x), std::move(labels), 3);
}

Sequential small_net() { return Sequential(Shape(2), Dense(8), Tanh(), Dense(3)); }
Sequential normalized_net() {
  return Sequential(Shape(2), BatchNorm(for_input), Dense(8), OnlineNorm(), Affine(), Relu(), Dropout(0.1), Dense(3));
}

Trainer small_trainer(TrainerOptions options, Graph net = small_net(), SgdOptions sgd = {.rate = 0.05, .momentum = 0.9}) {
  if (options.threads == 0) options.threads = 1;
  return Trainer(std::move(net), SoftmaxCrossEntropy(), Sgd(sgd), options);
}

std::vector<real> weights_of(Weights& weights) { return {weights.block().begin(), weights.block().end()}; }
std::vector<real> weights_of(Trainer& trainer) { return weights_of(trainer.weights()); }
std::vector<double> state_of(Trainer& trainer) {
  return {trainer.weights().state_block().begin(), trainer.weights().state_block().end()};
}

double furthest(const std::vector<real>& a, const std::vector<real>& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return most;
}

}  // namespace

TEST_CASE("a trainer learns, and tells how it went") {
  const MemoryDataset train = corners(300, 1), test = corners(90, 2);
  Trainer trainer = small_trainer({.batch = 32, .seed = 7});
  const History history = trainer.fit(train, {.epochs = 4, .validate = &test});
  REQUIRE(history.epochs.size() == 4);
  CHECK(history.steps == 4 * 10);
  CHECK_FALSE(history.interrupted);
  CHECK_FALSE(history.stopped_early);
  CHECK(history.epochs[3].loss < 0.5 * history.epochs[0].loss);
  CHECK(history.epochs[3].accuracy > 0.95);
  CHECK(history.epochs[3].validated);
  CHECK(history.best_epoch >= 1);
  CHECK(history.epochs[static_cast<std::size_t>(history.best_epoch) - 1].best);
  const Metrics m = trainer.evaluate(test);
  CHECK(m.samples == 90);
  CHECK(m.classes == 3);
  CHECK(m.accuracy() > 0.95);
  CHECK(m.loss == history.epochs[3].validation.loss);
}

TEST_CASE("fit is the loop one would write by hand, bit for bit") {
  const MemoryDataset train = corners(70, 3);
  Trainer trainer = small_trainer({.batch = 16, .seed = 5}, normalized_net());
  trainer.fit(train, {.epochs = 2});

  const Graph net = normalized_net();
  Weights weights(net, 5);
  Plan plan(net, weights, {.batch = 16, .mode = Mode::train});
  Sgd sgd({.rate = 0.05, .momentum = 0.9});
  const SoftmaxCrossEntropy loss;
  Stream stream = train.stream(16, 5);
  for (int epoch = 0; epoch < 2; ++epoch)
    for (const auto& [x, label] : stream) {
      loss.evaluate(plan.forward(x), label, plan.output_gradient());
      plan.backward();
      sgd.step(weights);
    }
  CHECK(weights_of(trainer) == weights_of(weights));
  CHECK(state_of(trainer) == std::vector<double>(weights.state_block().begin(), weights.state_block().end()));
}

TEST_CASE("the number of threads changes no bit") {
  const MemoryDataset train = corners(150, 4);
  std::vector<std::vector<real>> results;
  for (int threads : {1, 2, 3, 8}) {
    Trainer trainer = small_trainer({.batch = 32, .threads = threads}, normalized_net());
    trainer.fit(train, {.epochs = 2});
    results.push_back(weights_of(trainer));
  }
  for (const auto& result : results) CHECK(result == results[0]);
}

TEST_CASE("the seed decides weights and order") {
  const MemoryDataset train = corners(60, 4);
  Trainer a = small_trainer({.batch = 16, .seed = 1}), b = small_trainer({.batch = 16, .seed = 1}),
          c = small_trainer({.batch = 16, .seed = 2});
  for (Trainer* trainer : {&a, &b, &c}) trainer->fit(train);
  CHECK(weights_of(a) == weights_of(b));
  CHECK(weights_of(a) != weights_of(c));
}

TEST_CASE("accumulated batches are one large batch, also when the last ones are few and short") {
  for (int n : {64, 58, 50}) {  // the last group: whole; short; one short batch alone
    const MemoryDataset train = corners(n, 5);
    Trainer large = small_trainer({.batch = 16}), parts = small_trainer({.batch = 8, .accumulate = 2});
    const History whole = large.fit(train, {.epochs = 2}), cut = parts.fit(train, {.epochs = 2});
    CHECK(whole.steps == cut.steps);
    CHECK(furthest(weights_of(large), weights_of(parts)) < rounding);
    CHECK(cut.epochs[1].loss == doctest::Approx(whole.epochs[1].loss).epsilon(1e-5));
  }
}

TEST_CASE("a second fit goes on where the first one ended") {
  const MemoryDataset train = corners(60, 6);
  Trainer once = small_trainer({.batch = 16}, normalized_net()), twice = small_trainer({.batch = 16}, normalized_net());
  once.fit(train, {.epochs = 3});
  twice.fit(train, {.epochs = 1});
  const History rest = twice.fit(train, {.epochs = 2});
  CHECK(weights_of(once) == weights_of(twice));
  CHECK(state_of(once) == state_of(twice));
  CHECK(rest.epochs.size() == 2);
}

TEST_CASE("a layer that is frozen between two fits stays as it is") {
  const MemoryDataset train = corners(60, 6);
  Trainer trainer = small_trainer({.batch = 16});
  trainer.fit(train);
  const std::span<real> first = trainer.weights().value("dense_1.weight"), last = trainer.weights().value("dense_2.weight");
  const std::vector<real> first_was(first.begin(), first.end()), last_was(last.begin(), last.end());
  trainer.weights().set("dense_1", {.freeze = true});
  trainer.fit(train);
  CHECK(std::equal(first.begin(), first.end(), first_was.begin()));
  CHECK_FALSE(std::equal(last.begin(), last.end(), last_was.begin()));
}

TEST_CASE("what the callbacks hear") {
  const MemoryDataset train = corners(70, 7);
  Trainer trainer = small_trainer({.batch = 16});
  int steps = 0, epochs = 0;
  double loss = 0;
  const History history = trainer.fit(train, {.epochs = 2,
                                              .on_step =
                                                  [&](StepReport& r) {
                                                    ++steps;
                                                    CHECK(r.epoch == epochs + 1);
                                                    CHECK(r.epochs == 2);
                                                    CHECK(r.step == steps - 5 * epochs);
                                                    CHECK(r.steps == 5);
                                                    CHECK(r.total_steps == steps);
                                                    CHECK(r.rate == 0.05);
                                                    loss = r.step == 1 ? 0 : loss;
                                                    loss += r.loss * (r.step == 5 ? 6 : 16);
                                                    if (r.step == 5) CHECK(r.mean_loss == doctest::Approx(loss / 70));
                                                  },
                                              .on_epoch =
                                                  [&](EpochReport& r) {
                                                    CHECK(r.epoch == ++epochs);
                                                    CHECK_FALSE(r.validated);
                                                    CHECK(r.samples_per_second > 0);
                                                  }});
  CHECK(steps == 10);
  CHECK(epochs == 2);
  CHECK(history.epochs.size() == 2);
  CHECK(history.best_epoch == 0);
}

TEST_CASE("a callback may end the training, after a step or after an epoch") {
  const MemoryDataset train = corners(64, 7);
  Trainer trainer = small_trainer({.batch = 16});
  const History by_step = trainer.fit(train, {.epochs = 5, .on_step = [](StepReport& r) { r.stop = r.epoch == 2 && r.step == 3; }});
  CHECK(by_step.interrupted);
  CHECK(by_step.epochs.size() == 1);
  CHECK(by_step.steps == 4 + 3);
  const History by_epoch = trainer.fit(train, {.epochs = 5, .on_epoch = [](EpochReport& r) { r.stop = r.epoch == 2; }});
  CHECK(by_epoch.interrupted);
  CHECK(by_epoch.epochs.size() == 2);
  CHECK(by_epoch.steps == 2 * 4);
}

TEST_CASE("early stopping brings the best weights back") {
  // Labels that are mostly chance: what is learnt after a while is only true of these samples.
  const MemoryDataset train = corners(24, 8, 0.8), validation = corners(60, 9);
  Trainer trainer = small_trainer({.batch = 8}, Sequential(Shape(2), Dense(32), Tanh(), Dense(3)), {.rate = 0.5});
  const History history = trainer.fit(train, {.epochs = 200, .validate = &validation, .patience = 3});
  CHECK(history.stopped_early);
  REQUIRE(history.epochs.size() < 200);
  CHECK(static_cast<int>(history.epochs.size()) == history.best_epoch + 3);
  const double best = history.epochs[static_cast<std::size_t>(history.best_epoch) - 1].validation.loss;
  for (const EpochReport& epoch : history.epochs) CHECK(epoch.validation.loss >= best);
  CHECK(trainer.evaluate(validation).loss == best);
}

TEST_CASE("the best weights can be asked for without stopping early") {
  const MemoryDataset train = corners(24, 8, 0.8), validation = corners(60, 9);
  Trainer trainer = small_trainer({.batch = 8}, normalized_net(), {.rate = 0.5});
  const History history = trainer.fit(train, {.epochs = 6, .validate = &validation, .restore_best = true});
  CHECK(history.epochs.size() == 6);
  CHECK_FALSE(history.stopped_early);
  CHECK(trainer.evaluate(validation).loss == history.epochs[static_cast<std::size_t>(history.best_epoch) - 1].validation.loss);
}

TEST_CASE("of epochs that are equally good the first is the best") {
  const MemoryDataset train = corners(24, 8);
  Trainer trainer = small_trainer({.batch = 8});
  for (const char* layer : {"dense_1", "dense_2"}) trainer.weights().set(layer, {.freeze = true});
  const History history = trainer.fit(train, {.epochs = 9, .validate = &train, .patience = 2});
  CHECK(history.stopped_early);
  CHECK(history.best_epoch == 1);
  CHECK(history.epochs.size() == 3);
}

TEST_CASE("a loss that is not finite ends the training by name, and leaves the weights as they were") {
  const MemoryDataset train = corners(64, 10);
  Trainer trainer = small_trainer({.batch = 16}, normalized_net());
  std::vector<real> before;
  std::vector<double> state;
  const auto poison = [&](StepReport& r) {
    if (r.epoch != 2 || r.step != 2) return;
    trainer.weights().value("dense_2.bias")[0] = std::numeric_limits<real>::quiet_NaN();
    before = weights_of(trainer), state = state_of(trainer);
    before[0] = trainer.weights().value("dense_1.weight")[0];
  };
  CHECK_THROWS_WITH_AS(trainer.fit(train, {.epochs = 3, .on_step = poison}),
                       "epoch 2, step 3 of 4: the loss is nan: the weight dense_2.bias is nan at [0], at a rate of 0.05; "
                       "dense_2.bias has grown most, from a norm of 0 to nan; the weights "
                       "are as they were before it; try a smaller rate, .clip_norm = 1 in the optimizer, or "
                       "BatchNorm(for_input) as the first layer if the inputs are not scaled",
                       Error);
  const std::vector<real> after = weights_of(trainer);
  for (std::size_t i = 0; i < before.size(); ++i) CHECK((before[i] == after[i] || (std::isnan(before[i]) && std::isnan(after[i]))));
  CHECK(state == state_of(trainer));
}

TEST_CASE("a gradient that is not finite ends the training by name") {
  // The loss is finite at 0 outputs, and the gradient of the first layer is not: it passes through a weight of infinity.
  const MemoryDataset train = corners(64, 10);
  Trainer trainer = small_trainer({.batch = 16}, Sequential(Shape(2), Dense(4, {.init = init::zeros()}), Dense(3)));
  trainer.weights().value("dense_2.weight")[0] = std::numeric_limits<real>::max();
  trainer.weights().value("dense_2.weight")[4] = -std::numeric_limits<real>::max();
  CHECK_THROWS_WITH_AS(trainer.fit(train), doctest::Contains("epoch 1, step 1 of 4: the gradient of dense_1."), Error);
}

TEST_CASE("a steady step takes no memory") {
  const MemoryDataset train = corners(200, 11), validation = corners(40, 12);
  for (int accumulate : {1, 3}) {
    Trainer trainer(normalized_net(), SoftmaxCrossEntropy(), Adam({.schedule = schedule::one_cycle(), .clip_norm = 1}),
                    {.batch = 16, .threads = 2, .accumulate = accumulate});
    long most = 0, start = 0;
    const cambium_tests::AllocationCount count;
    trainer.fit(train, {.epochs = 3, .on_step = [&](StepReport& r) {
                          if (r.epoch == 3 && r.step > 1) most = std::max(most, count.since() - start);
                          start = count.since();
                        }});
    CHECK(most == 0);
  }
}

TEST_CASE("a short last batch is used, or left out on request") {
  const MemoryDataset train = corners(70, 13);
  Trainer uses = small_trainer({.batch = 32}), drops = small_trainer({.batch = 32, .drop_last = true});
  CHECK(uses.fit(train).steps == 3);
  CHECK(drops.fit(train).steps == 2);
}

TEST_CASE("a schedule is told how many steps there are, batches put together") {
  const MemoryDataset train = corners(64, 14);
  std::vector<double> rates;
  Trainer trainer = small_trainer({.batch = 16, .accumulate = 2}, small_net(), {.rate = 1, .schedule = schedule::cosine()});
  trainer.fit(train, {.epochs = 2, .on_step = [&](StepReport& r) { rates.push_back(r.rate); }});
  REQUIRE(rates.size() == 4);
  for (int t = 0; t < 4; ++t)
    CHECK(rates[static_cast<std::size_t>(t)] == doctest::Approx((1 + std::cos(3.14159265358979 * t / 4)) / 2));
}

TEST_CASE("several outputs, each with a loss of its own") {
  Graph graph;
  const Node x = graph.then(graph.input(Shape(2)), Dense(8), Tanh());
  graph.output(graph.then(x, Named("class", Dense(3))));
  graph.output(graph.then(x, Named("where", Dense(2))));
  MemoryDataset train = corners(90, 15);
  std::vector<real> where;
  for (int i = 0; i < 90; ++i) where.push_back(i % 3 == 1), where.push_back(i % 3 == 2);
  train.add_target(Shape(2), where);
  Trainer trainer(graph, Losses(SoftmaxCrossEntropy(), SquaredError()), Sgd({.rate = 0.2}), {.batch = 16, .threads = 1});
  const Metrics before = trainer.evaluate(train);
  trainer.fit(train, {.epochs = 20});
  const Metrics after = trainer.evaluate(train);
  REQUIRE(after.losses.size() == 2);
  CHECK(after.loss == doctest::Approx(after.losses[0] + after.losses[1]));
  for (std::size_t i = 0; i < 2; ++i) CHECK(after.losses[i] < 0.5 * before.losses[i]);
  CHECK(after.accuracy() > 0.95);
}

TEST_CASE("a target that is no label has a loss and no accuracy") {
  std::vector<real> x, y;
  for (int i = 0; i < 64; ++i) x.push_back(static_cast<real>(i) / 64), y.push_back(1 - 2 * x.back());
  const MemoryDataset train(Shape(1), x, Shape(1), y);
  Trainer trainer(Sequential(Shape(1), Dense(1)), SquaredError(), Sgd({.rate = 0.2, .momentum = 0.9}), {.batch = 8, .threads = 1});
  const History history = trainer.fit(train, {.epochs = 30});
  CHECK(std::isnan(history.epochs.back().accuracy));
  const Metrics m = trainer.evaluate(train);
  CHECK(m.classes == 0);
  CHECK(std::isnan(m.accuracy()));
  CHECK_THROWS_WITH_AS(trainer.predict_labels(train),
                       doctest::Contains("predict_labels: an output of 1 names no class, and squared_error"), Error);
  CHECK_THROWS_AS(trainer.predict_labels(ConstView{x.data(), Shape(1), 64}), Error);
  CHECK(m.loss < 1e-4);
  const std::vector<real> predicted = trainer.predict({x.data(), Shape(1), 64});
  REQUIRE(predicted.size() == 64);
  for (std::size_t i = 0; i < 64; ++i)
    CHECK(static_cast<double>(predicted[i]) == doctest::Approx(static_cast<double>(y[i])).epsilon(0.1));
}

TEST_CASE("evaluating and predicting move nothing, and agree with each other") {
  const MemoryDataset train = corners(100, 16), test = corners(300, 17);  // more than a batch of the evaluation
  Trainer trainer = small_trainer({.batch = 16}, normalized_net());
  trainer.fit(train);
  const std::vector<real> weights = weights_of(trainer);
  const std::vector<double> state = state_of(trainer);
  const Metrics m = trainer.evaluate(test);
  CHECK(trainer.evaluate(test).loss == m.loss);
  const std::vector<int> labels = trainer.predict_labels(test);
  CHECK(weights_of(trainer) == weights);
  CHECK(state_of(trainer) == state);

  Stream all = test.stream({.batch = 300, .shuffle = false});
  const Batch& batch = *all.next();
  CHECK(trainer.predict_labels(batch.x()) == labels);
  const std::vector<real> outputs = trainer.predict(batch.x());
  REQUIRE(outputs.size() == 900);
  int correct = 0;
  for (std::size_t i = 0; i < 300; ++i) {
    for (std::size_t c = 0; c < 3; ++c) CHECK(outputs[3 * i + c] <= outputs[3 * i + static_cast<std::size_t>(labels[i])]);
    correct += labels[i] == batch.target().labels[i];
  }
  CHECK(m.correct() == correct);
}

TEST_CASE("augmentation changes what the training sees, and not the evaluation") {
  std::vector<real> x(20 * 16, 0);
  std::vector<int> labels;
  for (std::size_t i = 0; i < 20; ++i) x[i * 16 + (i % 2 == 0 ? 5 : 10)] = 1, labels.push_back(static_cast<int>(i % 2));
  const MemoryDataset train(Shape{1, 4, 4}, x, labels, 2);
  const Sequential net(Shape{1, 4, 4}, Flatten(), Dense(2));
  Trainer plain = small_trainer({.batch = 5}, net), shifted = small_trainer({.batch = 5}, net);
  plain.fit(train);
  shifted.fit(train, {.augment = Shift({.pixels = 1})});
  CHECK(weights_of(plain) != weights_of(shifted));
}

TEST_CASE("a trainer can be moved, and describes itself") {
  Trainer first = small_trainer({.batch = 16, .accumulate = 2});
  Trainer trainer = std::move(first);
  trainer.fit(corners(40, 1));
  const std::string text = trainer.summary();
  for (const char* part : {"dense_1", "dense_2", "softmax_cross_entropy", "sgd (", "batch 16 x 2", "51 parameters"})
    CHECK(text.find(part) != std::string::npos);
}

}  // namespace cambium
