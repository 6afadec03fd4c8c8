// One model, many threads: predictions while it trains, trainers side by side, forks in the middle, and what is caught.

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/in_use.h"
#include "cambium/framework/data/memory_dataset.h"
#include "cambium/framework/data/stream.h"
#include "cambium/framework/files/weights_file.h"
#include "cambium/framework/graph/graph.h"
#include "cambium/framework/training/predictor.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/squared_error.h"
#include "cambium/framework/training/trainer.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/joining/add.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/optimizers/adam.h"
#include "cambium/optimizers/sgd.h"
#include "tests/data/temp_folder.h"
#include "tests/support/in_child.h"
#include "tests/support/training.h"

namespace cambium {
namespace {

using cambium_tests::holds_in_child;
using doctest::Contains;

Graph net() { return Sequential(Shape(6), Dense(16), BatchNorm(), Affine(), Relu(), Dense(3)); }

// Three classes in six columns.
MemoryDataset samples(int n) {
  const MadeBatch made(net(), n, 4);
  return MemoryDataset(Shape(6), made.values[0], made.labels, 3);
}

Trainer trainer_of(int threads, std::uint64_t seed = 3) {
  return Trainer(net(), SoftmaxCrossEntropy(), Adam({.rate = 1e-2}), {.batch = 16, .seed = seed, .threads = threads});
}

// Calls `work(number of the thread)` in so many threads, and waits for them.
void in_threads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("a predictor gives what the trainer gives, bit for bit, and goes on doing so while the trainer moves on") {
  const MemoryDataset data = samples(200);
  const MadeBatch x(net(), 300, 9);
  Trainer trainer = trainer_of(2);
  trainer.fit(data);
  const Predictor predictor = trainer.predictor(), copy = predictor, threaded = trainer.predictor({.threads = 2});
  const std::vector<real> before = trainer.predict(x.inputs[0]);
  CHECK(predictor.predict(x.inputs[0]) == before);
  CHECK(threaded.predict(x.inputs[0]) == before);
  CHECK(predictor.predict_labels(x.inputs[0]) == trainer.predict_labels(x.inputs[0]));
  trainer.fit(data);
  CHECK(trainer.predict(x.inputs[0]) != before);
  CHECK(predictor.predict(x.inputs[0]) == before);
  predictor.update(trainer.weights());
  CHECK(copy.predict(x.inputs[0]) == trainer.predict(x.inputs[0]));
  const MadeBatch small(net(), 7, 10);
  CHECK(predictor.predict(small.inputs[0]) == trainer.predict(small.inputs[0]));
  CHECK(Predictor(trainer.graph(), trainer.weights(), {.batch = 1}).predict(x.inputs[0]).size() == 900);
}

TEST_CASE("predictions of several inputs and outputs") {
  Graph graph;
  const Node a = graph.input(Shape(2), "a"), b = graph.input(Shape(3), "b");
  const Node sum = graph.join(Add(), {graph.then(a, Dense(4)), graph.then(b, Dense(4))});
  graph.output(graph.then(sum, Dense(3))), graph.output(graph.then(sum, Dense(2)));
  const MadeBatch x(graph, 150, 5);
  Trainer trainer(graph, Losses(SoftmaxCrossEntropy(), SquaredError()), Sgd({.rate = 0.1}), {.threads = 1});
  Plan plan(graph, trainer.weights(), {.batch = 150});
  plan.forward(x.inputs);
  const ConstView y = plan.output(0), z = plan.output(1);
  const std::vector<real> first(y.begin(), y.end()), second(z.begin(), z.end());
  const Predictor predictor = trainer.predictor();
  const std::vector<std::vector<real>> all = predictor.predict_all(x.inputs);
  REQUIRE(all.size() == 2);
  REQUIRE(all[1].size() == second.size());
  CHECK(all[0] == predictor.predict({x.inputs[0], x.inputs[1]}));
  CHECK(all[0] == trainer.predict({x.inputs[0], x.inputs[1]}));
  CHECK(all == trainer.predict_all({x.inputs[0], x.inputs[1]}));
  CHECK(graph.output_names() == std::vector<std::string>{"dense_3", "dense_4"});
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(all[0][i] == doctest::Approx(first[i]).epsilon(1e-4));
  for (std::size_t i = 0; i < second.size(); ++i) CHECK(all[1][i] == doctest::Approx(second[i]).epsilon(1e-4));
  CHECK(predictor.predict_labels({x.inputs[0], x.inputs[1]}).size() == 150);

  CHECK_THROWS_WITH_AS(predictor.predict(x.inputs[0]), Contains("predict: 1 input for a model that takes 2; try predict({"), Error);
  CHECK_THROWS_WITH_AS(trainer.predict(x.inputs[0]), Contains("predict: 1 input for a model that takes 2; try predict({"), Error);
  CHECK_THROWS_WITH_AS(predictor.predict({x.inputs[1], x.inputs[0]}), Contains("samples of 3, and the model's a takes 2"), Error);
  const ConstView shorter{x.inputs[1].data, x.inputs[1].shape, 149};
  CHECK_THROWS_WITH_AS(predictor.predict({x.inputs[0], shorter}), Contains("input 1 has 149 samples, and input 0 has 150"), Error);
  CHECK_THROWS_WITH_AS(predictor.update(Weights(net())), Contains("model"), Error);
  CHECK_THROWS_AS(Predictor(graph, Weights(graph), {.batch = 0}), Error);
}

TEST_CASE("eight threads ask while the model trains: each answer is that of some step, whole") {
  const MemoryDataset data = samples(160);
  const MadeBatch x(net(), 20, 9);
  Trainer trainer = trainer_of(2);
  const Predictor live = trainer.predictor();
  std::mutex guard;
  std::vector<std::vector<real>> right = {live.predict(x.inputs[0])};
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0}, asked{0};
  const auto on_step = [&](StepReport&) {
    const std::vector<real> now = trainer.predict(x.inputs[0]);
    {
      const std::lock_guard lock(guard);
      right.push_back(now);
    }
    live.update(trainer.weights());
    wrong += live.predict(x.inputs[0]) != now;  // at once
  };
  std::thread training([&] {
    trainer.fit(data, {.epochs = 4, .on_step = on_step});
    done = true;
  });
  in_threads(8, [&](int) {
    do {
      const std::vector<real> y = live.predict(x.inputs[0]);
      const std::lock_guard lock(guard);
      wrong += std::find(right.begin(), right.end(), y) == right.end();
      ++asked;
    } while (!done);
  });
  training.join();
  CHECK(right.size() == 41);
  CHECK(asked >= 8);
  CHECK(wrong == 0);
}

TEST_CASE("four trainers at once learn what each would learn alone") {
  const MemoryDataset data = samples(160);
  const auto learnt = [&](int i) {
    Trainer trainer = trainer_of(1 + i % 3, static_cast<std::uint64_t>(i));
    trainer.fit(data, {.epochs = 2});
    return trainer.weights().snapshot().values;
  };
  std::vector<std::vector<real>> together(4);
  in_threads(4, [&](int i) { together[static_cast<std::size_t>(i)] = learnt(i); });
  for (int i = 0; i < 4; ++i) CHECK(together[static_cast<std::size_t>(i)] == learnt(i));
}

TEST_CASE("a trainer that two threads ask at the same time answers right, or says what to do") {
  const MemoryDataset data = samples(160);
  const MadeBatch x(net(), 130, 9);
  Trainer trainer = trainer_of(1);
  const std::vector<real> right = trainer.predict(x.inputs[0]);
  std::atomic<int> wrong{0}, answered{0}, refused{0};
  const auto ask = [&](const std::vector<real>* expected) {
    try {
      const std::vector<real> y = trainer.predict(x.inputs[0]);
      wrong += expected && y != *expected;
      ++answered;
    } catch (const Error& error) {
      wrong += std::string(error.what()).find("this trainer: in use by another thread; try trainer.predictor()") != 0;
      ++refused;
    }
  };
  in_threads(2, [&](int) {
    for (int i = 0; i < 300; ++i) ask(&right);
  });
  CHECK(wrong == 0);
  CHECK(answered > 0);

  // While it trains all are refused, but for the thread that trains.
  const auto on_step = [&](StepReport& report) {
    if (report.total_steps % 5 > 0) return;
    refused = 0;
    in_threads(1, [&](int) {
      ask(nullptr);
      const char* words = "this trainer: in use by another thread";
      CHECK_THROWS_WITH_AS(trainer.evaluate(data), Contains(words), Error);
      CHECK_THROWS_WITH_AS(trainer.fit(data), Contains(words), Error);
      CHECK_THROWS_WITH_AS(trainer.predict_labels(data), Contains(words), Error);
      CHECK_THROWS_WITH_AS(trainer.predictor(), Contains(words), Error);
    });
    CHECK(refused == 1);
    CHECK(trainer.evaluate(data).samples == 160);
  };
  trainer.fit(data, {.on_step = on_step});
  CHECK(wrong == 0);
}

TEST_CASE("forks in the middle of predictions and of trainings: children predict, train, and end") {
  const MemoryDataset data = samples(160);
  const MadeBatch x(net(), 20, 9);
  Trainer trainer = trainer_of(3);
  const Predictor live = trainer.predictor(), threaded = trainer.predictor({.threads = 2});
  const std::vector<real> right = live.predict(x.inputs[0]);
  CHECK(threaded.predict(x.inputs[0]) == right);
  std::atomic<bool> done{false}, begun{false};
  std::thread training(
      [&] { trainer.fit(data, {.epochs = 100000, .on_step = [&](StepReport& report) { begun = true, report.stop = done; }}); });
  std::thread asking([&] {
    while (!done) live.predict(x.inputs[0]);
  });
  while (!begun) std::this_thread::yield();
  for (int round = 0; round < 10; ++round)
    CHECK(holds_in_child([&] {
      bool said = false;
      try {
        trainer.predict(x.inputs[0]);
      } catch (const Error& error) {
        said = error.problem() == "this trainer: in use by another thread when this process was forked, and left unfinished";
      }
      const bool good = said && live.predict(x.inputs[0]) == right && threaded.predict(x.inputs[0]) == right;
      Trainer(std::move(trainer));                       // is destroyed
      if (cambium_tests::thread_sanitizer) return good;  // it does not let a child start threads
      Trainer own = trainer_of(1);
      own.fit(data);
      return good && own.predict(x.inputs[0]) != right;
    }));
  done = true;
  asking.join(), training.join();
}

TEST_CASE("a child that is forked between two steps goes on with the training, and ends where its parent does") {
  const MemoryDataset data = samples(160);
  for (const int threads : {1, 4}) {
    Trainer trainer = trainer_of(threads), alone = trainer_of(1);
    alone.fit(data, {.epochs = 2});
    const std::vector<real> expected = alone.weights().snapshot().values;
    pid_t child = -1;
    const auto on_step = [&](StepReport& report) {
      if (report.total_steps == 3) child = fork();
      if (child == 0) alarm(30);
    };
    trainer.fit(data, {.epochs = 2, .on_step = on_step});
    const bool same = trainer.weights().snapshot().values == expected;
    if (child == 0) _exit(same ? 0 : 1);
    CHECK(same);
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
}

TEST_CASE("a plan, and weights, that two threads use at the same time are caught") {
  const MadeBatch x(net(), 64, 9);
  Weights weights(net());
  Plan shared(net(), weights, {.batch = 64});
  shared.forward(x.inputs[0]);
  const std::vector<real> right(shared.output().begin(), shared.output().end());
  std::atomic<int> wrong{0}, answered{0};
  in_threads(3, [&](int) {
    Plan own(net(), weights, {.batch = 64});  // many may read the same weights
    for (int i = 0; i < 200; ++i) {
      own.forward(x.inputs[0]);
      wrong += !std::equal(right.begin(), right.end(), own.output().begin());
      try {
        shared.forward(x.inputs[0]);
        ++answered;
      } catch (const Error& error) {
        wrong += std::string(error.what()).find("this plan: in use by another thread; try ") != 0;
      }
    }
  });
  CHECK(wrong == 0);
  CHECK(answered > 0);
}

TEST_CASE("weights that move while another thread reads or moves them are caught, and who trains is not disturbed by readers") {
  const MadeBatch x(net(), 16, 9);
  Weights weights(net());
  Plan train(net(), weights, {.batch = 16, .mode = Mode::train}), other(net(), weights, {.batch = 16, .mode = Mode::train});
  Sgd sgd({.rate = 0.01});
  const cambium_tests::TempFolder folder;
  save_weights(weights, folder.file("before.safetensors"));
  const char* words = "these weights: in use by another thread; try ";
  const auto refused = [&](const auto& call) { in_threads(1, [&](int) { CHECK_THROWS_WITH_AS(call(), Contains(words), Error); }); };
  other.forward(x.inputs[0]);
  Plan reader(net(), weights, {.batch = 16});
  {
    const InUse::Hold moving(weights.in_use(), "it", "");  // as a step is, all the way
    refused([&] { reader.forward(x.inputs[0]); });
    refused([&] { train.forward(x.inputs[0]); });
    refused([&] { other.backward(); });
    refused([&] { sgd.step(weights); });
    refused([&] { weights.snapshot(); });
    refused([&] { weights.restart(2); });
    refused([&] { Predictor(net(), weights); });
    refused([&] { Plan(net(), weights, {.batch = 16, .mode = Mode::train}); });
    refused([&] { save_weights(weights, folder.file("w.safetensors")); });
    refused([&] { load_weights(weights, folder.file("before.safetensors")); });
    train.forward(x.inputs[0]);  // of this thread
  }
  CHECK_THROWS_WITH_AS(
      [&] {
        const InUse::Look look(weights.in_use(), "these weights", "again");
        in_threads(1, [&](int) { train.forward(x.inputs[0]); });  // a whole pass between its beginning and its end
        look.check();
      }(),
      "these weights: in use by another thread; try again", Error);
  reader.forward(x.inputs[0]);
}

TEST_CASE("a stream that two threads ask is caught, and one at a time is served") {
  const MemoryDataset data = samples(160);
  Stream stream(data, {.batch = 1, .endless = true});
  std::atomic<int> wrong{0};
  in_threads(2, [&](int) {
    for (int i = 0; i < 500; ++i) try {
        stream.next();
      } catch (const Error& error) {
        wrong += std::string(error.what()) != "this stream: in use by another thread; try a stream for each thread";
      }
  });
  CHECK(wrong == 0);
  InUse object;
  const InUse::Hold outer(object, "it", "this");
  const InUse::Hold inner(object, "it", "this");  // of the same thread
  in_threads(1, [&](int) {
    const char* words = "it: in use by another thread; try that";
    CHECK_THROWS_WITH_AS(InUse::Hold(object, "it", "that"), words, Error);
    CHECK_THROWS_WITH_AS(InUse::Look(object, "it", "that"), words, Error);
  });
}

}  // namespace cambium
