// Figures of a set: no cut into batches and no order changes them; and losses of one's own.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "cambium/cambium.h"

namespace cambium {
namespace {

constexpr double close = sizeof(real) == 4 ? 1e-6 : 1e-12;

// Two thirds of the samples of class 0, mostly where the others are not.
MemoryDataset uneven(int n) {
  std::vector<real> x;
  std::vector<int> labels;
  for (int i = 0; i < n; ++i) {
    labels.push_back(i % 3 == 0 ? 1 + i / 3 % 2 : 0);
    for (std::uint64_t k = 0; k < 2; ++k)
      x.push_back(static_cast<real>(Random(4).normal(2 * static_cast<std::uint64_t>(i) + k) + labels.back()));
  }
  return MemoryDataset(Shape(2), x, labels, 3);
}

Trainer weighted(int batch, int accumulate = 1) {
  return Trainer(Sequential(Shape(2), Dense(8), Tanh(), Dense(3)), SoftmaxCrossEntropy({.class_weights = {1, 5, 9}}),
                 Sgd({.rate = 0.1}), {.batch = batch, .threads = 1, .accumulate = accumulate});
}

// The mean over samples, one after the other.
double by_hand(Trainer& trainer, const Dataset& data, const Loss& loss) {
  double sum = 0;
  for (const auto& [x, target] : data.stream({.batch = 1, .shuffle = false})) {
    const std::vector<real> y = trainer.predict(x);
    sum += loss.evaluate({y.data(), Shape(static_cast<int>(y.size())), 1}, target, {});
  }
  return sum / static_cast<double>(data.size());
}

// One value, and the class it stands for is its sign: log(1 + exp(-y)) for class 1, log(1 + exp(y)) for class 0.
class Margin final : public Loss {
 public:
  void check(const Shape& output, const Dataset::TargetKind& target) const override {
    if (output.size() != 1 || target.classes != 2) throw Error("margin: one value and two classes", "Dense(1)");
  }
  int label(const real* y, const Shape&) const noexcept override { return y[0] > 0; }
  Description describe() const override { return {"margin", {}}; }

 protected:
  double compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept override {
    double loss = 0;
    for (int i = 0; i < y.batch; ++i) {
      const double sign = target.labels[static_cast<std::size_t>(i)] == 1 ? -1 : 1, z = sign * static_cast<double>(*y.row(i));
      loss += (z > 0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z))) * scale / y.batch;
      if (dy.data) *dy.row(i) = static_cast<real>(sign / (1 + std::exp(-z)) * scale / y.batch);
    }
    return loss;
  }
};

// Says yes to everything, and forgets to say how many classes it knows.
class Forgetful final : public Loss {
 public:
  explicit Forgetful(double value = 1) : value_(value) {}
  void check(const Shape&, const Dataset::TargetKind&) const override {}
  Description describe() const override { return {"forgetful", {}}; }

 protected:
  double compute(const ConstView&, const Target&, View dy, double) const noexcept override {
    std::fill(dy.begin(), dy.end(), real(0));
    return value_;
  }

 private:
  double value_;
};

MemoryDataset halves(int n, int classes = 2) {
  std::vector<real> x;
  std::vector<int> labels;
  for (int i = 0; i < n; ++i) x.push_back(static_cast<real>(i - n / 2 + 0.5) / static_cast<real>(n)), labels.push_back(i % classes);
  for (int i = 0; classes == 2 && i < n; ++i) labels[static_cast<std::size_t>(i)] = i >= n / 2;
  return MemoryDataset(Shape(1), x, labels, classes);
}

}  // namespace

TEST_CASE("the loss of a set is a mean over its samples, whatever their order, with class weights too") {
  const MemoryDataset set = uneven(300);  // three batches of an evaluation, the last one short
  std::vector<std::int64_t> sorted(300);
  std::iota(sorted.begin(), sorted.end(), 0);
  std::stable_sort(sorted.begin(), sorted.end(), [](std::int64_t a, std::int64_t b) { return (a % 3 == 0) > (b % 3 == 0); });
  const Subset in_order = set.subset(sorted);
  Trainer trainer = weighted(50);
  trainer.fit(set, {.epochs = 2, .validate = &in_order});
  const double loss = trainer.evaluate(set).loss;
  CHECK(loss == doctest::Approx(by_hand(trainer, set, SoftmaxCrossEntropy({.class_weights = {1, 5, 9}}))).epsilon(close));
  CHECK(trainer.evaluate(in_order).loss == doctest::Approx(loss).epsilon(1e-12));
  CHECK(std::abs(loss - by_hand(trainer, set, SoftmaxCrossEntropy())) > 1e-3);
}

TEST_CASE("with class weights, accumulated batches are one large batch, and the reported loss that of the samples") {
  const MemoryDataset train = uneven(256);
  Trainer whole = weighted(256), parts = weighted(64, 4), uneven_parts = weighted(60, 5);
  std::vector<double> losses;
  for (Trainer* trainer : {&whole, &parts, &uneven_parts}) losses.push_back(trainer->fit(train, {.epochs = 3}).epochs[2].loss);
  for (std::size_t i = 1; i < 3; ++i) CHECK(losses[i] == doctest::Approx(losses[0]).epsilon(1e-5));
  for (Trainer* trainer : {&parts, &uneven_parts})
    for (std::size_t i = 0; i < whole.weights().block().size(); ++i)
      CHECK(static_cast<double>(trainer->weights().block()[i]) ==
            doctest::Approx(static_cast<double>(whole.weights().block()[i])).epsilon(1e-4));
}

TEST_CASE("one sample at a time, class weights bring the rare class out") {
  std::vector<real> x;
  std::vector<int> labels;
  for (int i = 0; i < 400; ++i) labels.push_back(i % 20 == 0), x.push_back(real(1));  // the input says nothing
  const MemoryDataset train(Shape(1), x, labels, 2);
  Trainer plain(Sequential(Shape(1), Dense(2)), SoftmaxCrossEntropy(), Sgd({.rate = 0.02}), {.batch = 1, .threads = 1});
  Trainer fair(Sequential(Shape(1), Dense(2)), SoftmaxCrossEntropy({.class_weights = {1, 30}}), Sgd({.rate = 0.02}),
               {.batch = 1, .threads = 1});
  plain.fit(train, {.epochs = 5}), fair.fit(train, {.epochs = 5});
  CHECK(plain.predict_labels(train)[0] == 0);
  CHECK(fair.predict_labels(train)[0] == 1);
}

TEST_CASE("the confusion matrix of a set: rows are the truth, equal outputs name the first class, and NaN names none") {
  // The output is the input.
  const real nan = std::numeric_limits<real>::quiet_NaN();
  const std::vector<real> x = {9, 1, 1, 9, 1, 1, 1, 9, 1, 5, 5, 0, 0, 5, 5};
  const MemoryDataset set(Shape(3), x, std::vector<int>{0, 1, 1, 0, 2}, 3);
  Trainer trainer(Sequential(Shape(3), Dense(3)), SoftmaxCrossEntropy(), Sgd(), {.batch = 1, .threads = 1});
  const auto weight = trainer.weights().value("dense_1.weight");
  for (std::size_t i = 0; i < 9; ++i) weight[i] = i % 4 == 0;
  const Metrics m = trainer.evaluate(set);
  CHECK(m.confusion == std::vector<std::int64_t>{2, 0, 0, 1, 1, 0, 0, 1, 0});
  CHECK(m.confused(1, 0) == 1);
  CHECK(m.confused(2, 1) == 1);
  CHECK(m.correct() == 3);
  CHECK(trainer.predict_labels(set) == std::vector<int>{0, 0, 1, 0, 1});
  trainer.weights().value("dense_1.bias")[2] = nan;
  const Metrics none = trainer.evaluate(set);
  CHECK(none.accuracy() == 0);
  CHECK(none.confusion == std::vector<std::int64_t>(9, 0));
  CHECK(trainer.predict_labels(set) == std::vector<int>(5, -1));
}

TEST_CASE("validation is of the validation set, and of equal epochs the first is the best") {
  const MemoryDataset train = uneven(60), validation = uneven(42);
  Trainer trainer(Sequential(Shape(2), Dense(3)), SoftmaxCrossEntropy(), Sgd({.rate = 1e-30}), {.batch = 20, .threads = 1});
  const History history = trainer.fit(train, {.epochs = 4, .validate = &validation, .patience = 2});
  CHECK(history.best_epoch == 1);
  CHECK(history.stopped_early);
  REQUIRE(history.epochs.size() == 3);
  CHECK(history.epochs[0].best);
  CHECK_FALSE(history.epochs[1].best);
  CHECK(history.epochs[0].validation.samples == 42);
  CHECK(history.epochs[0].validation.loss == trainer.evaluate(validation).loss);
  CHECK(history.epochs[0].validation.loss != trainer.evaluate(train).loss);
}

TEST_CASE("a loss of one's own has labels and one output, in a trainer and by hand") {
  const MemoryDataset train = halves(64);
  Trainer trainer(Sequential(Shape(1), Dense(1)), Margin(), Sgd({.rate = 1, .momentum = 0.9}), {.batch = 16, .threads = 1});
  const History history = trainer.fit(train, {.epochs = 30, .validate = &train});
  CHECK(history.epochs.back().accuracy > 0.9);
  const Metrics m = trainer.evaluate(train);
  CHECK(m.classes == 2);
  CHECK(m.accuracy() > 0.9);
  CHECK(m.confused(0, 0) + m.confused(1, 1) == m.correct());
  const std::vector<int> labels = trainer.predict_labels(train);
  CHECK(labels.front() == 0);
  CHECK(labels.back() == 1);
  const std::vector<real> y = {1, -1};
  CHECK(Margin().evaluate({y.data(), Shape(1), 2}, std::vector<int>{1, 0}, {}) == doctest::Approx(std::log1p(std::exp(-1.0))));
  CHECK_THROWS_WITH_AS(Margin().evaluate({y.data(), Shape(1), 2}, std::vector<int>{1, 2}, {}),
                       doctest::Contains("margin: the label of sample 1 of the batch is 2, and the 2 classes"), Error);
}

TEST_CASE("labels that a loss of one's own cannot know are refused before the training") {
  Trainer trainer(Sequential(Shape(1), Dense(1)), Forgetful(), Sgd(), {.batch = 16, .threads = 1});
  int steps = 0;
  CHECK_THROWS_WITH_AS(trainer.fit(halves(64, 5), {.on_step = [&](StepReport&) { ++steps; }}),
                       "the training set does not fit the output of 'dense_1': forgetful: labels of 5 classes beside an output of "
                       "1, and it knows what to do with 2; try saying otherwise in Loss::classes, or more outputs",
                       Error);
  CHECK(steps == 0);
}

TEST_CASE("an infinite loss ends a training as NaN does") {
  for (const double value : {HUGE_VAL, std::nan("")}) {
    Trainer trainer(Sequential(Shape(1), Dense(1)), Forgetful(value), Sgd(), {.batch = 16, .threads = 1});
    CHECK_THROWS_WITH_AS(trainer.fit(halves(64)), doctest::Contains("epoch 1, step 1 of 4: the loss is "), Error);
  }
}

// Weights of 2 and 0 stand for a sample that comes twice, and one that is not there.
TEST_CASE("weights of samples: a weight of two is a sample twice, one of nothing is none, and the mean is over all samples") {
  const std::vector<real> x = {1, 2, 3, 4, 5, 6, 7, 8}, y = {3, 1, 4, 1, 5, 9, 2, 6};
  MemoryDataset weighted(Shape{1}, x, Shape{1}, y);
  weighted.add_weights({2, 0, 1, 1, 2, 0, 1, 1});
  const MemoryDataset repeated(Shape{1}, std::vector<real>{1, 1, 3, 4, 5, 5, 7, 8}, Shape{1},
                               std::vector<real>{3, 3, 4, 1, 5, 5, 2, 6});
  const auto trained = [&](const MemoryDataset& set, int batch, int accumulate) {
    Trainer trainer(Sequential(Shape{1}, Dense(4), Tanh(), Dense(1)), SquaredError(), Sgd({.rate = 0.01}),
                    {.batch = batch, .seed = 3, .threads = 1, .accumulate = accumulate});
    const double before = trainer.evaluate(set).loss;
    trainer.fit(set, {.epochs = 20});
    return std::pair(before, trainer.evaluate(set).loss);
  };
  const auto once = trained(weighted, 8, 1), again = trained(repeated, 8, 1), small = trained(weighted, 2, 4);
  CHECK(once.first == doctest::Approx(again.first).epsilon(close));
  CHECK(once.second == doctest::Approx(again.second).epsilon(10 * close));
  CHECK(once.second == doctest::Approx(small.second).epsilon(10 * close));
  CHECK(once.second < once.first);
}

TEST_CASE("weights of samples, by hand") {
  const SquaredError loss;
  const real out[] = {0, 0}, target[] = {1, 3}, weights[] = {real(0.5), 4};
  real gradient[2];
  Target with(ConstView{target, Shape{1}, 2});
  with.weights = weights;
  CHECK(loss.evaluate({out, Shape{1}, 2}, with, View{gradient, Shape{1}, 2}) == doctest::Approx((0.5 * 1 + 4 * 9) / 2));
  CHECK(gradient[0] == doctest::Approx(-0.5));
  CHECK(gradient[1] == doctest::Approx(-12));
  with.weights = std::span(weights).first(1);
  CHECK_THROWS_WITH_AS(loss.evaluate({out, Shape{1}, 2}, with, {}),
                       "squared_error: 1 weights for an output of 2 samples; try one weight per sample", Error);
}

TEST_CASE("weights of samples follow them into subsets and shuffled batches") {
  MemoryDataset set(Shape{1}, std::vector<real>{0, 1, 2, 3, 4, 5}, std::vector<int>{0, 1, 0, 1, 0, 1}, 2);
  set.add_weights({0, 10, 20, 30, 40, 50});
  const Subset some = set.subset({5, 3, 1, 1});
  for (const Dataset* each : {static_cast<const Dataset*>(&set), static_cast<const Dataset*>(&some)}) {
    Stream stream(*each, {.batch = 2, .seed = 4});
    while (const Batch* batch = stream.next())
      for (int i = 0; i < batch->size(); ++i)
        CHECK(batch->target().weights[static_cast<std::size_t>(i)] == 10 * batch->x().row(i)[0]);
  }
}

TEST_CASE("errors of values: mean absolute, root mean squared, and the share of the spread that is explained") {
  const MemoryDataset set(Shape{1}, std::vector<real>{0, 1, 2, 3}, Shape{2}, std::vector<real>{100, 5, 102, 5, 101, 9, 105, 5});
  Trainer trainer(Sequential(Shape{1}, Dense(2)), SquaredError(), Sgd(), {.batch = 2, .threads = 1});
  std::ranges::fill(trainer.weights().value("dense_1.weight"), real(0));
  trainer.weights().value("dense_1.bias")[0] = 102, trainer.weights().value("dense_1.bias")[1] = 5;
  const Metrics m = trainer.evaluate(set);
  CHECK(m.mean_absolute_error == doctest::Approx((2 + 0 + 1 + 3 + 4) / 8.0));
  CHECK(m.root_mean_squared_error == doctest::Approx(std::sqrt((4 + 0 + 1 + 9 + 16) / 8.0)));
  CHECK(m.r2 == doctest::Approx(((1 - 14 / 14.0) + (1 - 16 / 12.0)) / 2));
  // Of the second value e^2 - q d^2 is -4/3 three times, and 4; of the first it is 0 throughout.
  CHECK(m.r2_standard_error == doctest::Approx(std::sqrt(3 * 16 / 9.0 + 16) / 12 / 2));
  CHECK(std::isnan(m.accuracy()));
  const MemoryDataset flat(Shape{1}, std::vector<real>{0, 1}, Shape{2}, std::vector<real>{1, 2, 1, 3});
  CHECK(std::isnan(trainer.evaluate(flat).r2));
  CHECK(std::isnan(trainer.evaluate(flat).r2_standard_error));
  trainer.weights().value("dense_1.bias")[1] = std::numeric_limits<real>::quiet_NaN();
  CHECK(std::isnan(trainer.evaluate(set).r2_standard_error));
}

TEST_CASE("R2 has the deviation over many sets that each set says") {
  constexpr int sets = 1000, n = 400;
  Trainer trainer(Sequential(Shape{1}, Dense(1)), SquaredError(), Sgd(), {.batch = 100, .threads = 1});
  trainer.weights().value("dense_1.weight")[0] = 1, trainer.weights().value("dense_1.bias")[0] = 1000;
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  double sum = 0, squares = 0, said = 0;
  for (int i = 0; i < sets; ++i) {
    std::vector<real> x(n), t(n);
    for (std::size_t k = 0; k < n; ++k)
      x[k] = static_cast<real>(normal(random)), t[k] = x[k] + static_cast<real>(1000 + 0.5 * normal(random));
    const Metrics m = trainer.evaluate(MemoryDataset(Shape{1}, x, Shape{1}, t));
    sum += m.r2, squares += m.r2 * m.r2, said += m.r2_standard_error / sets;
  }
  const double deviation = std::sqrt((squares - sum * sum / sets) / (sets - 1));
  CHECK(std::abs(deviation / said - 1) < 6 / std::sqrt(2.0 * sets) + 3.0 / n);  // of a deviation, and a bias of 1 / n
}

}  // namespace cambium
