#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "cambium/cambium.h"
#include "cambium/framework/testing/check_loss.h"

namespace cambium {
namespace {

constexpr bool single = sizeof(real) == 4;
constexpr double close = single ? 1e-6 : 1e-14;
constexpr real most = std::numeric_limits<real>::max(), nan = std::numeric_limits<real>::quiet_NaN(),
               infinity = std::numeric_limits<real>::infinity();

double loss_of(const BinaryCrossEntropy& loss, real z, real t, real* dz = nullptr, double scale = 1) {
  return loss.evaluate({&z, Shape{1}, 1}, ConstView{&t, Shape{1}, 1}, {dz, Shape{1}, 1}, scale);
}

TEST_CASE("binary_cross_entropy: the contract") {
  testing::check_loss(BinaryCrossEntropy(), Shape{1}, {2, {}});
  testing::check_loss(BinaryCrossEntropy({.positive_weight = {3}}), Shape{1}, {2, {}});
  testing::check_loss(BinaryCrossEntropy(), Shape{4}, {0, Shape{4}}, {.low = 0, .high = 1});
  testing::check_loss(BinaryCrossEntropy({.positive_weight = {3, 0.5, 1}}), Shape{3}, {0, Shape{3}}, {.low = 0, .high = 1});
  testing::check_loss(BinaryCrossEntropy({.positive_weight = {5}}), Shape{2, 3, 1}, {0, Shape{2, 3, 1}}, {.low = 0, .high = 1});
}

TEST_CASE("binary_cross_entropy: worked by hand") {
  const real log3 = static_cast<real>(std::log(3.0));
  const std::vector<real> z = {0, log3, -log3, log3}, t = {1, 0, 1, static_cast<real>(0.5)};  // p = 1/2 3/4 1/4 3/4
  std::vector<real> dz(4);
  const ConstView y{z.data(), Shape{2}, 2}, target{t.data(), Shape{2}, 2};
  const View dy{dz.data(), Shape{2}, 2};
  const double half = std::log(2.0), quarter = std::log(4.0), more = std::log(4.0 / 3);  // -log of 1/2, 1/4, 3/4
  const auto gradient_is = [&](const std::vector<double>& wanted) {
    for (std::size_t i = 0; i < 4; ++i) CHECK(static_cast<double>(dz[i]) == doctest::Approx(wanted[i] / 4).epsilon(close));
  };
  CHECK(BinaryCrossEntropy().evaluate(y, target, dy) ==
        doctest::Approx((half + quarter + quarter + 0.5 * more + 0.5 * quarter) / 4).epsilon(close));
  gradient_is({-0.5, 0.75, -0.75, 0.25});
  CHECK(BinaryCrossEntropy({.positive_weight = {3}}).evaluate(y, target, dy) ==
        doctest::Approx((3 * half + quarter + 3 * quarter + 1.5 * more + 0.5 * quarter) / 4).epsilon(close));
  gradient_is({-1.5, 0.75, -2.25, 0});
  CHECK(BinaryCrossEntropy({.positive_weight = {3, 5}}).evaluate(y, target, dy, 2) ==
        doctest::Approx((3 * half + quarter + 3 * quarter + 2.5 * more + 0.5 * quarter) / 2).epsilon(close));
  gradient_is({-3, 1.5, -4.5, -0.5});

  // Labels of a single value are values of 0 and 1.
  const std::vector<int> labels = {1, 0, 1, 1};
  const std::vector<real> values = {1, 0, 1, 1};
  std::vector<real> by_label(4), by_value(4);
  const ConstView one{z.data(), Shape{1}, 4};
  const BinaryCrossEntropy loss({.positive_weight = {3}});
  CHECK(loss.evaluate(one, labels, {by_label.data(), Shape{1}, 4}) ==
        loss.evaluate(one, ConstView{values.data(), Shape{1}, 4}, {by_value.data(), Shape{1}, 4}));
  CHECK(by_label == by_value);
}

TEST_CASE("binary_cross_entropy: finite for every finite logit, and no further") {
  for (const real far : {real(1e4), real(1e18), most})
    for (const double weight : {1.0, 1e-300, 1e300})
      for (const real z : {far, -far})
        for (const real t : {real(0), real(0.5), real(1)}) {
          real dz = 0;
          const double value = loss_of(BinaryCrossEntropy({.positive_weight = {weight}}), z, t, &dz);
          CHECK(std::isfinite(value));
          CHECK(std::isfinite(dz));
        }
  CHECK(loss_of(BinaryCrossEntropy(), real(-1e4), 1) == doctest::Approx(1e4));
  CHECK(loss_of(BinaryCrossEntropy(), real(1e4), 1) == 0);
  CHECK(loss_of(BinaryCrossEntropy(), -40, 0) / std::exp(-40.0) == doctest::Approx(1).epsilon(1e-12));  // not rounded to 0
  for (const real z : {infinity, -infinity, nan})
    for (const real t : {real(0), real(0.5), real(1)}) CHECK_FALSE(std::isfinite(loss_of(BinaryCrossEntropy(), z, t)));
}

TEST_CASE("binary_cross_entropy: a target that is no probability does not hide") {
  for (const real t : {real(-0.001), real(1.001), real(255), nan, infinity, -infinity})
    CHECK_THROWS_WITH_AS(loss_of(BinaryCrossEntropy(), 1, t), doctest::Contains("must be between 0 and 1"), Error);
  const std::vector<real> fine = {0, 1, 0.5, 1}, bad = {0, 1, 255, 0.5, 1, -3};
  CHECK_NOTHROW(BinaryCrossEntropy().check_targets({fine.data(), Shape{2}, 2}));
  CHECK_THROWS_WITH_AS(BinaryCrossEntropy().check_targets({bad.data(), Shape{2}, 3}),
                       "binary_cross_entropy: the target of sample 1 of the batch is 255 at position 0 of 2, and must be between "
                       "0 and 1; try targets of 0 for no and 1 for yes",
                       Error);
  CHECK_THROWS_WITH_AS(BinaryCrossEntropy().check_targets({&nan, Shape{1}, 1}), doctest::Contains("is nan at position 0"), Error);
}

TEST_CASE("binary_cross_entropy: the class that an output names") {
  const auto label = [](std::vector<real> y) { return BinaryCrossEntropy().label(y.data(), Shape(static_cast<int>(y.size()))); };
  CHECK(label({2}) == 1);
  CHECK(label({0}) == 0);
  CHECK(label({-1}) == 0);
  CHECK(label({nan}) == -1);
  CHECK(label({1, 3, 2}) == 1);
  CHECK(BinaryCrossEntropy().classes(Shape{1}) == 2);
}

TEST_CASE("binary_cross_entropy: what it refuses") {
  const auto refuse = [](const BinaryCrossEntropy& loss, const Shape& output, const Dataset::TargetKind& kind,
                         const char* message) { CHECK_THROWS_WITH_AS(loss.check(output, kind), message, Error); };
  const BinaryCrossEntropy loss;
  refuse(loss, Shape{3}, {3, {}},
         "binary_cross_entropy: the output is 3 and the targets are labels of 3 classes, and it needs one value for labels of two "
         "classes; try SoftmaxCrossEntropy() for one of several classes, or values of 0 and 1 as targets for any number of them at "
         "once");
  refuse(loss, Shape{1}, {1, {}},
         "binary_cross_entropy: the targets have one class, so there is nothing to tell apart; try labels 0 for no and 1 for yes");
  refuse(loss, Shape{1}, {5, {}},
         "binary_cross_entropy: the targets have 5 classes, and one value tells two apart; "
         "try SoftmaxCrossEntropy(), and Dense(5) as the last layer");
  refuse(loss, Shape{3}, {0, Shape{4}},
         "binary_cross_entropy: the output is 3 and the targets are 4, and must be alike; try a last layer that gives 4 values");
  refuse(loss, Shape{4}, {0, Shape{1, 2, 2}},
         "binary_cross_entropy: the output is 4 and the targets are 1x2x2, and must be alike; try targets of the shape 4");
  refuse(loss, Shape{1, 2, 2}, {0, Shape{4}},
         "binary_cross_entropy: the output is 1x2x2 and the targets are 4, and must be alike; try Flatten() as the last layer");
  refuse(BinaryCrossEntropy({.positive_weight = {1, 2}}), Shape{3}, {0, Shape{3}},
         "binary_cross_entropy: 2 positive weights for an output of 3; try one for all, or one for each value");
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL})
    CHECK_THROWS_WITH_AS(BinaryCrossEntropy({.positive_weight = {2, bad}}), doctest::Contains("must be above 0 and finite"), Error);
  CHECK_THROWS_WITH_AS(BinaryCrossEntropy({.positive_weight = {2, -1}}),
                       "binary_cross_entropy: .positive_weight = [2, -1] must be above 0 and finite; "
                       "try the number of samples that say no, divided by that of those that say yes",
                       Error);
  CHECK(BinaryCrossEntropy({.positive_weight = {2, 0.5}}).describe().str() == "binary_cross_entropy (positive_weight [2, 0.5])");
}

TEST_CASE("binary_cross_entropy: a trainer of one value has accuracy, a confusion matrix and labels") {
  std::vector<real> x;
  std::vector<int> labels;
  for (int i = 0; i < 64; ++i) x.push_back(static_cast<real>(i - 32) / 32), labels.push_back(i >= 32);
  const MemoryDataset train(Shape(1), x, labels, 2);
  Trainer trainer(Sequential(Shape(1), Dense(1)), BinaryCrossEntropy(), Sgd({.rate = 1, .momentum = 0.9}),
                  {.batch = 16, .threads = 1});
  CHECK(trainer.fit(train, {.epochs = 30}).epochs.back().accuracy > 0.9);
  const Metrics m = trainer.evaluate(train);
  CHECK(m.classes == 2);
  CHECK(m.confused(0, 0) + m.confused(1, 1) == m.correct());
  CHECK(trainer.predict_labels(train).front() == 0);
  CHECK(trainer.predict_labels(train).back() == 1);
}

TEST_CASE("binary_cross_entropy: a positive weight moves the answer of a model that sees nothing") {
  std::vector<real> x(200, 1);
  std::vector<int> labels;
  for (int i = 0; i < 200; ++i) labels.push_back(i % 10 == 0);
  const MemoryDataset train(Shape(1), x, labels, 2);
  const auto logit = [&](const Numbers& weight) {
    Trainer trainer(Sequential(Shape(1), Dense(1)), BinaryCrossEntropy({.positive_weight = weight}), Sgd({.rate = 1}),
                    {.batch = 200, .threads = 1});
    trainer.fit(train, {.epochs = 60});
    return static_cast<double>(trainer.predict(ConstView{x.data(), Shape{1}, 1})[0]);
  };
  CHECK(logit({}) == doctest::Approx(std::log(1.0 / 9)).epsilon(1e-3));
  CHECK(logit({18}) == doctest::Approx(std::log(2.0)).epsilon(1e-3));
}

}  // namespace
}  // namespace cambium
