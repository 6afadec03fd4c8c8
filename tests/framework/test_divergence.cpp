// What is told when a training runs away, and when data are to blame.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "cambium/cambium.h"

namespace cambium {
namespace {

using doctest::Contains;

// Values along a line, times a scale, or of two classes.
MemoryDataset line(int n, double scale = 1, double input_scale = 1) {
  std::vector<real> x, y;
  for (int i = 0; i < n; ++i) {
    const double at = Random(5).uniform(static_cast<std::uint64_t>(i)) - 0.5;
    x.push_back(static_cast<real>(input_scale * at)), y.push_back(static_cast<real>(scale * (at + 0.5)));
  }
  return MemoryDataset(Shape(1), x, Shape(1), y);
}
MemoryDataset classes(int n) {
  std::vector<real> x;
  std::vector<int> labels;
  for (int i = 0; i < n; ++i) {
    labels.push_back(i % 3);
    for (int k = 0; k < 3; ++k)
      x.push_back(static_cast<real>((k == labels.back()) + 0.5 * Random(6).normal(static_cast<std::uint64_t>(3 * i + k))));
  }
  return MemoryDataset(Shape(3), x, labels, 3);
}

FitOptions quiet(int epochs) {
  return {.epochs = epochs, .on_warning = [](const Error&) {}};
}

// A data set that turns bad where it is told to, after MemoryDataset has looked at it.
struct Turning : MemoryDataset {
  Turning(MemoryDataset good, int bad_row) : MemoryDataset(std::move(good)), row(bad_row) {}
  void fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>> labels,
             std::span<const View> values) const noexcept override {
    MemoryDataset::fetch(rows, inputs, labels, values);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i] != row) continue;
      if (bad_input) inputs[0].row(static_cast<int>(i))[1] = std::numeric_limits<real>::quiet_NaN();
      if (bad_label) labels[0][i] = 1000000;
    }
  }
  int row;
  bool bad_input = false, bad_label = false;
};

Trainer classifier(double rate = 0.1, int batch = 8) {
  return Trainer(Sequential(Shape(3), Dense(16), Tanh(), Dense(3)), SoftmaxCrossEntropy(), Sgd({.rate = rate}),
                 {.batch = batch, .threads = 1});
}

}  // namespace

TEST_CASE("a value that is not finite is told by its row in the data set, with epoch and step") {
  Turning set(classes(60), 37);
  set.bad_input = true;
  const char* text =
      "the loss is nan, because in the training set row 37 holds nan in input 0, position 1 of 3; the weights are "
      "as they were before it; try leaving such rows out, or writing 0 there";
  CHECK_THROWS_WITH_AS(classifier().fit(set), Contains(text), Error);
  CHECK_THROWS_WITH_AS(classifier().fit(set), Contains("epoch 1, step "), Error);
  std::vector<std::int64_t> rows;
  for (int i = 59; i >= 0; --i) rows.push_back(i);
  const Subset part(std::make_shared<Turning>(set), rows);
  CHECK_THROWS_WITH_AS(classifier().fit(part), Contains("in the training set row 22 (row 37 of the whole) holds nan"), Error);
}

TEST_CASE("a target that is infinite is found by its row too") {
  std::vector<real> x(40, 1), y(40, 1);
  struct Bad : MemoryDataset {
    using MemoryDataset::MemoryDataset;
    void fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>> labels,
               std::span<const View> values) const noexcept override {
      MemoryDataset::fetch(rows, inputs, labels, values);
      for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows[i] == 11) *values[0].row(static_cast<int>(i)) = -std::numeric_limits<real>::infinity();
    }
  };
  const Bad set(Shape(1), x, Shape(1), y);
  Trainer trainer(Sequential(Shape(1), Dense(1)), SquaredError(), Sgd(), {.batch = 8, .threads = 1});
  CHECK_THROWS_WITH_AS(trainer.fit(set), Contains("in the training set row 11 holds -inf in target 0, position 0 of 1"), Error);
}

TEST_CASE("a label that is no class is told by its row, in training and in evaluation") {
  Turning set(classes(60), 37);
  set.bad_label = true;
  const char* text = "row 37 has the label 1000000 in target 0, and its 3 classes count from 0 to 2";
  CHECK_THROWS_WITH_AS(classifier().fit(set), Contains(text), Error);
  CHECK_THROWS_WITH_AS(classifier().fit(set), Contains("of 8: in the training set, row 37"), Error);
  CHECK_THROWS_WITH_AS(classifier().evaluate(set), Contains(text), Error);
  CHECK_THROWS_WITH_AS(classifier().evaluate(set), Contains("the set to evaluate: row 37"), Error);
}

TEST_CASE("after a loss that is not finite the best weights so far are back, and the message says so") {
  const MemoryDataset train = classes(60), validation = classes(30);
  for (const bool asked : {false, true}) {
    Trainer trainer = classifier();
    std::vector<real> best;
    FitOptions options{.epochs = 5, .validate = &validation, .restore_best = asked};
    options.on_epoch = [&](EpochReport& r) {
      if (r.best) best.assign(trainer.weights().block().begin(), trainer.weights().block().end());
    };
    options.on_step = [&](StepReport& r) {
      if (r.epoch == 3 && r.step == 2) trainer.weights().value("dense_2.bias")[0] = std::numeric_limits<real>::quiet_NaN();
    };
    CHECK_THROWS_WITH_AS(trainer.fit(train, options), Contains("epoch 3, step 3 of 8: the loss is nan"), Error);
    CHECK(std::equal(best.begin(), best.end(), trainer.weights().block().begin()));
    Trainer again = classifier();
    options.on_epoch = nullptr;
    options.on_step = [&](StepReport& r) {
      if (r.epoch == 3 && r.step == 2) again.weights().value("dense_2.bias")[0] = std::numeric_limits<real>::quiet_NaN();
    };
    CHECK_THROWS_WITH_AS(again.fit(train, options), Contains("; the weights are those of epoch 2 again, the best so far; try"),
                         Error);
  }
}

TEST_CASE("the best weights are brought back when a callback throws") {
  const MemoryDataset train = classes(60);
  Trainer trainer = classifier();
  std::vector<real> best;
  FitOptions options{.epochs = 5, .validate = &train, .restore_best = true};
  options.on_epoch = [&](EpochReport& r) {
    if (r.best) best.assign(trainer.weights().block().begin(), trainer.weights().block().end());
  };
  options.on_step = [&](StepReport& r) {
    if (r.epoch == 3 && r.step == 2) throw 7;
  };
  CHECK_THROWS_AS(trainer.fit(train, options), int);
  CHECK(std::equal(best.begin(), best.end(), trainer.weights().block().begin()));
}

TEST_CASE("a validation loss that is not finite is told once, with the row") {
  Turning validation(classes(30), 4);
  validation.bad_input = true;
  const MemoryDataset train = classes(60);
  FitOptions options = quiet(3);
  options.validate = &validation;
  const History history = classifier().fit(train, options);
  REQUIRE(history.warnings.size() == 1);
  CHECK(history.warnings[0] ==
        "epoch 1: the validation loss is nan, because in the validation set row 4 holds nan in input 0, "
        "position 1 of 3; try leaving such rows out");
}

TEST_CASE("weights that grow beyond bounds are told once, with the layer that grows fastest") {
  // Each layer alone is a line, so the rate drives them up, and the bound keeps the numbers finite.
  const MemoryDataset train = line(256, 1, 30);
  Trainer trainer(Sequential(Shape(1), Dense(4), Dense(1)), SquaredError(), Sgd({.rate = 5, .clip_value = 1e5}),
                  {.batch = 8, .threads = 1});
  std::vector<std::string> told;
  FitOptions options{.epochs = 30};
  options.on_warning = [&](const Error& warning) { told.push_back(warning.what()); };
  std::string problem;
  try {
    const History history = trainer.fit(train, options);
    CHECK(history.warnings == told);
  } catch (const Error& error) {
    problem = error.problem();
  }
  CAPTURE(problem);
  REQUIRE(told.size() == 1);
  CAPTURE(told[0]);
  CHECK(told[0].find(" has grown most, from a norm of ") != std::string::npos);
  CHECK(told[0].find("epoch 1, step 16 of 32: the weights grow beyond bounds: dense_") == 0);
}

TEST_CASE("a loss that stays above its start is told once, though every number is finite") {
  const MemoryDataset train = classes(300);
  for (const int batch : {1, 10, 100}) {
    CAPTURE(batch);
    Trainer trainer = classifier(50, batch);
    const History history = trainer.fit(train, quiet(60));
    REQUIRE(history.warnings.size() == 1);
    CAPTURE(history.warnings[0]);
    CHECK(history.warnings[0].find(" has grown most, from a norm of ") != std::string::npos);
  }
}

TEST_CASE("an error at a loss that is not finite names what has grown most") {
  Trainer trainer(Sequential(Shape(3), Dense(16), Dense(3)), SquaredError(), Sgd({.rate = 1e6}), {.batch = 8, .threads = 1});
  std::vector<real> x(120, 1), y(120, 1);
  CHECK_THROWS_WITH_AS(trainer.fit(MemoryDataset(Shape(3), x, Shape(3), y), quiet(9)), Contains(" has grown most, from a norm of "),
                       Error);
}

TEST_CASE("training epoch by epoch is one training: its start is that of the first call") {
  const MemoryDataset train = classes(300);
  Trainer trainer = classifier(50, 100);
  std::size_t told = 0;
  for (int epoch = 0; epoch < 60; ++epoch) told += trainer.fit(train, quiet(1)).warnings.size();
  CHECK(told == 1);
}

TEST_CASE("a run of a few steps is looked at when it ends") {
  const MemoryDataset train = classes(960);
  for (const int batch : {64, 960}) {
    CAPTURE(batch);
    Trainer trainer = classifier(1e20, batch);
    const History history = trainer.fit(train, quiet(1));
    REQUIRE(history.warnings.size() == 1);
    CHECK(history.warnings[0].find(": the weights grow beyond bounds: dense_") != std::string::npos);
  }
}

TEST_CASE("another data set where one lay before has a start of its own") {
  Trainer trainer(Sequential(Shape(1), Dense(1)), SquaredError(), Sgd({.rate = 0.01}), {.batch = 8, .threads = 1});
  for (const double scale : {1.0, 100.0}) {
    const MemoryDataset task = line(512, scale);
    CHECK(trainer.fit(task, quiet(20)).warnings.empty());
  }
}

TEST_CASE("healthy trainings are left alone: values of any scale, one sample at a time, layers that start at 0, a second fit") {
  for (const double scale : {1.0, 1e3, 1e6})
    for (const int batch : {1, 8, 64}) {
      CAPTURE(scale);
      CAPTURE(batch);
      const MemoryDataset train = line(512, scale);
      Trainer plain(Sequential(Shape(1), Dense(1)), SquaredError(), Sgd({.rate = 0.05}), {.batch = batch, .threads = 1});
      Trainer zeros(Sequential(Shape(1), Dense(8), Tanh(), Dense(1, {.init = init::zeros()})), SquaredError(), Adam({.rate = 1e-2}),
                    {.batch = batch, .threads = 1});
      for (int call = 0; call < 3; ++call) {
        CHECK(plain.fit(train, {.epochs = 5}).warnings.empty());
        CHECK(zeros.fit(train, {.epochs = 5}).warnings.empty());
      }
    }
  for (const int batch : {1, 8, 60}) {
    Trainer trainer = classifier(0.5, batch);
    for (int call = 0; call < 4; ++call) CHECK(trainer.fit(classes(300), {.epochs = 10}).warnings.empty());
  }
}

TEST_CASE("slow: every recipe trains on the digits without a warning") {
  const MemoryDataset train = digits(Split::train, {.count = 4000});
  for (const models::Recipe& r : models::recipes()) {
    CAPTURE(r.name);
    Trainer trainer(r.model(Shape{1, 28, 28}, 10), SoftmaxCrossEntropy(), models::make_optimizer(r.optimizer, r.rate, r.schedule),
                    {.batch = r.batch, .seed = 3});
    CHECK(trainer.fit(train, {.epochs = 2}).warnings.empty());
  }
}

}  // namespace cambium
