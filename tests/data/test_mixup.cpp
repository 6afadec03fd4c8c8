// Mixup: what a sample becomes, and what it does not depend on.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/augment.h"
#include "cambium/framework/data/augment/noise.h"
#include "cambium/framework/data/function_dataset.h"
#include "cambium/framework/data/memory_dataset.h"
#include "cambium/framework/data/stream.h"
#include "cambium/framework/training/binary_cross_entropy.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/squared_error.h"
#include "cambium/framework/training/trainer.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/optimizers/adam.h"
#include "tests/support/count_allocations.h"

namespace cambium {
namespace {

using doctest::Contains;

// Sample i has the inputs i + 1 and 100 + i, the label i % 3, the value 10 i and the weight i + 1.
constexpr int count = 57;
MemoryDataset numbered() {
  std::vector<real> first, second, value, weights;
  std::vector<int> labels;
  for (int i = 0; i < count; ++i) {
    first.push_back(static_cast<real>(i + 1)), second.push_back(static_cast<real>(100 + i));
    value.push_back(static_cast<real>(10 * i)), weights.push_back(static_cast<real>(i + 1)), labels.push_back(i % 3);
  }
  MemoryDataset set;
  set.add_input(Shape{1}, first).add_input(Shape{1}, second).add_target(labels, 3).add_target(Shape{1}, value).add_weights(weights);
  return set;
}

TEST_CASE("mixup: the share is of the beta distribution") {
  constexpr int n = 20000;
  for (const double alpha : {0.01, 0.2, 1.0, 4.0}) {
    const Mixup mixup({.alpha = alpha});
    double squares = 0, fourth = 0;
    for (std::uint64_t i = 0; i < n; ++i) {
      const double share = mixup.share(Random(5).of(i)), d = share - 0.5;
      REQUIRE((d >= 0 && share <= 1));
      squares += d * d, fourth += d * d * d * d;
    }
    const double variance = 1 / (4 * (2 * alpha + 1)), found = squares / n;
    CHECK(std::fabs(found - variance) < 6 * std::sqrt((fourth / n - found * found) / n) + 1e-12);
  }
}

TEST_CASE("mixup: inputs, values, labels and weights are mixed with the same share, with any other sample") {
  const MemoryDataset set = numbered();
  std::map<std::int64_t, int> partners;
  int plain = 0, seen = 0;
  Stream stream(set, {.batch = 10, .seed = 2, .augment = Mixup({.alpha = 1})});
  for (int epoch = 0; epoch < 20; ++epoch)
    for (const Batch& batch : stream) {
      REQUIRE(batch.targets.size() == 2);
      CHECK(batch.targets[0].values.shape == Shape{3});
      for (int i = 0; i < batch.size(); ++i, ++seen) {
        const double own = static_cast<double>(batch.rows[as_size(i)]), x = static_cast<double>(batch.x().row(i)[0]) - 1;
        CHECK(static_cast<double>(batch.inputs[1].row(i)[0]) == doctest::Approx(100 + x).epsilon(1e-5));
        CHECK(static_cast<double>(batch.targets[1].values.row(i)[0]) == doctest::Approx(10 * x).epsilon(1e-4));
        CHECK(static_cast<double>(batch.targets[1].weights[as_size(i)]) == doctest::Approx(x + 1).epsilon(1e-5));
        const real* q = batch.target().values.row(i);
        CHECK(static_cast<double>(q[0] + q[1] + q[2]) == doctest::Approx(1).epsilon(1e-6));
        const double share = static_cast<double>(q[batch.rows[as_size(i)] % 3]);
        plain += share == 1;
        if (share > 0.98) continue;  // both of the same class, or hardly mixed: the other one cannot be told
        const double other = (x - share * own) / (1 - share), whole = std::round(other);
        CHECK(std::fabs(other - whole) < 1e-2);
        ++partners[static_cast<std::int64_t>(whole)];
      }
    }
  CHECK(seen == 20 * count);
  CHECK(plain > seen / 3 - 6 * std::sqrt(seen * 2.0 / 9));  // a third of the pairs are of one class
  CHECK(plain < seen / 3 + 6 * std::sqrt(seen * 2.0 / 9));
  CHECK(partners.size() > 50);  // of 57
  CHECK(partners.begin()->first >= 0);
  CHECK(partners.rbegin()->first < count);
}

TEST_CASE("mixup: labels at positions become probabilities at positions, and samples that are drawn are mixed with such") {
  MemoryDataset set;
  set.add_input(Shape{1}, std::vector<real>{0, 1, 2}).add_target({0, 1, 2, 2, 1, 0}, 3, Shape{2});
  Stream stream(set, {.batch = 3, .augment = Mixup({.alpha = 1}), .sampling = Sampling(std::vector<double>{1, 0, 1})});
  int mixed = 0;
  for (int epoch = 0; epoch < 30; ++epoch)
    for (const Batch& batch : stream) {
      REQUIRE(batch.target().values.shape == Shape{3, 2});
      for (int i = 0; i < 3; ++i) {
        const auto own = batch.rows[as_size(i)], other = batch.mixed_with[as_size(i)];
        CHECK((own != 1 && other != 1));
        const double second = static_cast<double>(batch.x().row(i)[0]) / 2;  // the share of sample 2
        const int labels[2][2] = {{0, 1}, {1, 0}};                           // of sample 0 and of sample 2, at both positions
        for (int c = 0; c < 3; ++c)
          for (int p = 0; p < 2; ++p)
            CHECK(static_cast<double>(batch.target().values.row(i)[2 * c + p]) ==
                  doctest::Approx((c == labels[0][p]) * (1 - second) + (c == labels[1][p]) * second).epsilon(1e-5));
        mixed += second > 0 && second < 1;
      }
    }
  CHECK(mixed > 20);
}

TEST_CASE("mixup depends on seed, epoch and sample alone, and takes no memory") {
  const MemoryDataset set = numbered();
  std::vector<std::vector<real>> expected(count);
  for (const int batch : {1, 8, count})
    for (const bool shuffle : {true, false})
      for (const bool prefetch : {true, false}) {
        Stream stream(set, {.batch = batch, .seed = 5, .shuffle = shuffle, .prefetch = prefetch, .augment = {Noise(), Mixup()}});
        stream.start_epoch(3);
        stream.next();
        stream.start_epoch(3);
        while (const Batch* b = stream.next())
          for (int i = 0; i < b->size(); ++i) {
            const std::vector<real> all = {b->x().row(i)[0], b->inputs[1].row(i)[0], b->target().values.row(i)[0],
                                           b->targets[1].values.row(i)[0]};
            auto& first = expected[static_cast<std::size_t>(b->rows[as_size(i)])];
            if (first.empty()) first = all;
            CHECK(first == all);
          }
      }
  Stream stream(set, {.batch = 8, .prefetch = false, .augment = {Noise(), Mixup()}});
  stream.next();
  const cambium_testing::AllocationCount allocations;
  for (int epoch = 1; epoch < 4; ++epoch) {
    stream.start_epoch(epoch);
    while (stream.next()) continue;
  }
  CHECK(allocations.since() == 0);
}

TEST_CASE("mixup in a training: labels and values, batches of one, and a loss that takes no probabilities") {
  std::vector<real> x;
  std::vector<int> labels;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const int label = static_cast<int>(i % 2);
    x.push_back(static_cast<real>(Random(1).normal(i) + (label ? 2 : -2)));
    labels.push_back(label);
  }
  const MemoryDataset set(Shape{1}, x, labels, 2);
  for (const int batch : {1, 20}) {
    Trainer trainer(Sequential(Shape{1}, Dense(8), Relu(), Dense(2)), SoftmaxCrossEntropy(), Adam({.rate = 0.01}),
                    {.batch = batch, .threads = 1});
    const History history = trainer.fit(set, {.epochs = 8, .augment = Mixup({.alpha = 1})});
    CHECK(trainer.evaluate(set).accuracy() > 0.93);
    CHECK(history.epochs.back().accuracy > 0.7);
    CHECK(history.epochs.back().loss > trainer.evaluate(set).loss);  // half of the samples lie between the classes
  }
  Trainer values(Sequential(Shape{1}, Dense(1)), SquaredError(), Adam({.rate = 0.05}), {.batch = 20, .threads = 1});
  const MemoryDataset line(Shape{1}, x, Shape{1}, [&] {
    std::vector<real> y;
    for (const real v : x) y.push_back(3 * v + 1);
    return y;
  }());
  values.fit(line, {.epochs = 40, .augment = Mixup({.alpha = 1})});
  CHECK(values.evaluate(line).r2 > 0.99);  // a line is a line between any two of its points

  Trainer yes(Sequential(Shape{1}, Dense(1)), BinaryCrossEntropy(), Adam(), {.batch = 20});
  CHECK_THROWS_WITH_AS(yes.fit(set, {.augment = Mixup()}),
                       Contains("must be alike; mixup makes probabilities of labels; try SoftmaxCrossEntropy()"), Error);
  Trainer squares(Sequential(Shape{1}, Dense(3)), SquaredError(), Adam(), {.batch = 20});
  CHECK_THROWS_WITH_AS(squares.fit(set, {.augment = Mixup()}), Contains("the output is 3 and the targets are 2, and must be alike"),
                       Error);
}

TEST_CASE("mixup: what is refused, and what it says of itself") {
  for (const double alpha : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    CHECK_THROWS_WITH_AS(Mixup({.alpha = alpha}), Contains("must be above 0 and finite; try .alpha = 0.2"), Error);
  CHECK(Augments(Shift(), Mixup({.alpha = 0.4})).str() == "shift (pixels 2, fill 0), mixup (alpha 0.4)");
  CHECK(Augments(Mixup()).empty());
  CHECK(Augments(Mixup()).mixup());
  CHECK_THROWS_WITH_AS(Augments(Mixup(), Mixup()), Contains("samples are mixed once"), Error);

  // A label that is no class is found by the training, and named.
  const FunctionDataset wrong(8, {{Shape{1}}, {{.classes = 2}}},
                              [](std::int64_t row, const MadeSample& sample) { sample.label() = row == 5 ? 2 : 1; });
  const FunctionDataset nan(8, {{Shape{1}}, {{.classes = 2}}}, [](std::int64_t row, const MadeSample& sample) {
    sample.input()[0] = row == 5 ? std::numeric_limits<real>::quiet_NaN() : 0;
  });
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {  // whichever of the two it is
    Trainer trainer(Sequential(Shape{1}, Dense(2)), SoftmaxCrossEntropy(), Adam(), {.batch = 4, .seed = seed, .threads = 1});
    const auto message = [&](const Dataset& set) {
      try {
        trainer.fit(set, {.augment = Mixup()});
        return std::string();
      } catch (const Error& error) {
        return std::string(error.what());
      }
    };
    for (const std::string& text : {message(wrong), message(nan)}) {
      CHECK_MESSAGE(text.find("holds nan in ") != std::string::npos, text);
      CHECK_MESSAGE(text.find("row 5,") != std::string::npos, text);
    }
  }
}

}  // namespace
}  // namespace cambium
