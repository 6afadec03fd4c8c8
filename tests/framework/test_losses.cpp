#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/random.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/squared_error.h"
#include "tests/support/count_allocations.h"
#include "tests/support/gradient_table.h"

namespace cambium {
namespace {

constexpr bool single = sizeof(real) == 4;
constexpr double close = single ? 1e-6 : 1e-14;

std::vector<real> random_values(std::size_t n, double width, std::uint64_t seed) {
  std::vector<real> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<real>(width * Random(seed).normal(i));
  return values;
}

void check_gradient(const Loss& loss, std::vector<real> y, const Shape& shape, const Target& target, double scale) {
  const int batch = static_cast<int>(y.size()) / shape.size();
  const ConstView view{y.data(), shape, batch};
  std::vector<real> dy(y.size(), std::numeric_limits<real>::quiet_NaN());
  const double value = loss.evaluate(view, target, {dy.data(), shape, batch}, scale);
  CHECK(loss.evaluate(view, target, {}, scale) == value);
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const real was = y[i];
    const auto at = [&](double step) {
      y[i] = was + static_cast<real>(step);
      const double there = static_cast<double>(y[i]), l = loss.evaluate(view, target, {}, scale);
      y[i] = was;
      return std::pair(there, l);
    };
    const double h = single ? 1.0 / 256 : 1e-5;
    const auto [up, above] = at(h);
    const auto [down, below] = at(-h);
    worst = std::fmax(worst, std::fabs(static_cast<double>(dy[i]) - (above - below) / (up - down)));
    largest = std::fmax(largest, std::fabs(static_cast<double>(dy[i])));
  }
  const double error = worst / largest, tolerance = single ? 2e-5 : 1e-8;
  note_gradient_error(loss.describe().kind, error, tolerance);
  CHECK(error <= tolerance);
}

TEST_CASE("losses: the gradient is the derivative of the value") {
  const std::vector<int> labels = {2, 0, 4, 1, 1, 3};
  const auto z = random_values(30, 1.5, 3);
  for (const double smoothing : {0.0, 0.15})
    for (const Numbers& weights : {Numbers{}, Numbers{1, 0.25, 3, 0, 2}})
      for (const double scale : {1.0, 0.3})
        check_gradient(SoftmaxCrossEntropy({.label_smoothing = smoothing, .class_weights = weights}), z, Shape{5}, labels, scale);
  const auto t = random_values(42, 1, 4);
  check_gradient(SquaredError(), random_values(42, 1, 5), Shape{2, 7, 1}, ConstView{t.data(), Shape{2, 7, 1}, 3}, 0.7);
}

TEST_CASE("softmax_cross_entropy: worked by hand") {
  const std::vector<real> z = {0, 0, 0, 0, static_cast<real>(std::log(3.0)), 0};  // p = 1/3 1/3 1/3 and 1/5 3/5 1/5
  const std::vector<int> labels = {2, 1};
  const ConstView y{z.data(), Shape{3}, 2};
  std::vector<real> dz(6);
  const View dy{dz.data(), Shape{3}, 2};
  const double a = std::log(3.0), b = std::log(5.0 / 3), c = std::log(5.0);  // -log of 1/3, 3/5, 1/5
  const auto gradient_is = [&](const std::vector<double>& wanted) {
    for (std::size_t i = 0; i < 6; ++i) CHECK(static_cast<double>(dz[i]) == doctest::Approx(wanted[i]).epsilon(close));
  };

  CHECK(SoftmaxCrossEntropy().evaluate(y, labels, dy) == doctest::Approx((a + b) / 2).epsilon(close));
  gradient_is({1 / 6., 1 / 6., -1 / 3., 0.1, -0.2, 0.1});
  CHECK(SoftmaxCrossEntropy().evaluate(y, labels, dy, 2) == doctest::Approx(a + b).epsilon(close));
  gradient_is({1 / 3., 1 / 3., -2 / 3., 0.2, -0.4, 0.2});

  // Class weights in proportion: 2/4, 3/4 and 7/4 of their mean. The mean divides by the number of samples.
  for (const Numbers& weights : {Numbers{2, 3, 7}, Numbers{20, 30, 70}}) {
    CHECK(SoftmaxCrossEntropy({.class_weights = weights}).evaluate(y, labels, dy) ==
          doctest::Approx((1.75 * a + 0.75 * b) / 2).epsilon(close));
    gradient_is({1.75 / 6, 1.75 / 6, -1.75 / 3, 0.075, -0.15, 0.075});
  }

  // The smoothed part is the sum over classes, each with its weight, over the same divisor.
  const double smooth = ((0.5 + 0.75 + 1.75) * a + 0.5 * c + 0.75 * b + 1.75 * c) / 2 / 3;
  CHECK(SoftmaxCrossEntropy({.label_smoothing = 0.3, .class_weights = {2, 3, 7}}).evaluate(y, labels, dy) ==
        doctest::Approx(0.7 * (1.75 * a + 0.75 * b) / 2 + 0.3 * smooth).epsilon(close));
  CHECK(SoftmaxCrossEntropy({.label_smoothing = 0.3}).evaluate(y, labels, dy) ==
        doctest::Approx(0.7 * (a + b) / 2 + 0.3 * (3 * a + 2 * c + b) / 6).epsilon(close));
}

TEST_CASE("softmax_cross_entropy: finite for every finite logit") {
  const std::vector<int> labels = {0, 1, 1};
  for (const double far : {1e4, static_cast<double>(std::numeric_limits<real>::max())}) {
    const real f = static_cast<real>(far);
    const std::vector<real> z = {-f, f, f, -f, -f, -f};  // wrong by as much as can be, twice; and undecided
    std::vector<real> dz(6);
    for (const double smoothing : {0.0, 0.1})
      for (const Numbers& weights : {Numbers{}, Numbers{0, 1}, Numbers{2, 1}}) {
        const SoftmaxCrossEntropy loss({.label_smoothing = smoothing, .class_weights = weights});
        const double value = loss.evaluate({z.data(), Shape{2}, 3}, labels, {dz.data(), Shape{2}, 3});
        CHECK(std::isfinite(value));
        CHECK(value > 1e3);
        for (const real d : dz) CHECK(std::fabs(static_cast<double>(d)) <= 1);
      }
    if (single || far < 1e5) {
      const double value = SoftmaxCrossEntropy().evaluate({z.data(), Shape{2}, 3}, labels, {});
      CHECK(value == doctest::Approx((4 * far + std::log(2.0)) / 3).epsilon(1e-12));
    }
  }
}

TEST_CASE("softmax_cross_entropy: a logit that is no number does not hide") {
  const std::vector<int> labels = {0};
  for (std::size_t where = 0; where < 3; ++where)
    for (const real bad : {std::numeric_limits<real>::quiet_NaN(), std::numeric_limits<real>::infinity()}) {
      std::vector<real> z = {1, 2, 3};
      z[where] = bad;
      CHECK(std::isnan(SoftmaxCrossEntropy().evaluate({z.data(), Shape{3}, 1}, labels, {})));
    }
}

TEST_CASE("softmax_cross_entropy: a loss beyond all numbers is the largest of them, unless a logit is infinite") {
  const std::vector<int> labels = {0};
  const real far = static_cast<real>(1e30), infinity = std::numeric_limits<real>::infinity();
  const std::vector<real> z = {-far, far}, endless = {-infinity, 0}, masked = {0, -infinity};
  const auto loss = [&](const std::vector<real>& logits, double scale) {
    return SoftmaxCrossEntropy().evaluate({logits.data(), Shape{2}, 1}, labels, {}, scale);
  };
  CHECK(loss(z, 1e300) == std::numeric_limits<double>::max());
  CHECK_FALSE(std::isfinite(loss(endless, 1)));
  CHECK(loss(masked, 1) == 0);
}

TEST_CASE("softmax_cross_entropy: with class weights, no cut and no order of a set changes its loss or its gradients") {
  const auto z = random_values(3 * 12, 2, 8);
  const std::vector<int> labels = {0, 0, 0, 0, 0, 0, 1, 0, 2, 1, 0, 0};
  const SoftmaxCrossEntropy loss({.label_smoothing = 0.1, .class_weights = {1, 4, 9}});
  std::vector<real> whole(z.size());
  const double value = loss.evaluate({z.data(), Shape{3}, 12}, labels, {whole.data(), Shape{3}, 12});
  for (const int batch : {1, 2, 3, 4, 6}) {
    std::vector<real> dz(z.size());
    double sum = 0;
    for (int at = 0; at < 12; at += batch) {
      const auto first = static_cast<std::size_t>(at);
      const auto these = std::span(labels).subspan(first, static_cast<std::size_t>(batch));
      sum += loss.evaluate({z.data() + 3 * first, Shape{3}, batch}, these, {dz.data() + 3 * first, Shape{3}, batch}, batch / 12.);
    }
    CHECK(sum == doctest::Approx(value).epsilon(1e-14));
    for (std::size_t i = 0; i < dz.size(); ++i)
      CHECK(static_cast<double>(dz[i]) == doctest::Approx(static_cast<double>(whole[i])).epsilon(close));
  }
  // A class of nine times the weight counts nine times as much in a batch of one, too.
  const std::vector<real> even = {0, 0, 0};
  const auto alone = [&](int label) {
    return SoftmaxCrossEntropy({.class_weights = {1, 4, 9}}).evaluate({even.data(), Shape{3}, 1}, std::vector<int>{label}, {});
  };
  CHECK(alone(2) == doctest::Approx(9 * alone(0)));
}

TEST_CASE("softmax_cross_entropy: adding a number to all logits of a sample changes nothing, and a gradient sums to 0") {
  const std::vector<int> labels = {3, 1};
  std::vector<real> z = {1, 2, 3, 4, -2, 8, 0, 1}, shifted = z, dz(8);
  for (std::size_t i = 0; i < 8; ++i) shifted[i] += i < 4 ? 512 : -256;
  const SoftmaxCrossEntropy loss({.label_smoothing = 0.1, .class_weights = {1, 2, 3, 4}});
  CHECK(loss.evaluate({z.data(), Shape{4}, 2}, labels, {dz.data(), Shape{4}, 2}) ==
        loss.evaluate({shifted.data(), Shape{4}, 2}, labels, {}));
  for (std::size_t row = 0; row < 2; ++row)
    CHECK(std::fabs(static_cast<double>(dz[4 * row] + dz[4 * row + 1] + dz[4 * row + 2] + dz[4 * row + 3])) <= close);
}

TEST_CASE("softmax_cross_entropy: targets that all weigh nothing cost nothing") {
  const std::vector<int> labels = {0, 0};
  const std::vector<real> z = {1, 2, 3, 4};
  std::vector<real> dz(4, 5);
  const SoftmaxCrossEntropy loss({.class_weights = {0, 1}});
  CHECK(loss.evaluate({z.data(), Shape{2}, 2}, labels, {dz.data(), Shape{2}, 2}) == 0);
  for (const real d : dz) CHECK(d == 0);
}

TEST_CASE("squared_error: the mean over samples and values") {
  const std::vector<real> y = {1, 2, 3, 4, 5, 6}, t = {1, 0, 3, 4, 6, 6};
  std::vector<real> dy(6);
  const ConstView target{t.data(), Shape{3}, 2};
  const double value = SquaredError().evaluate({y.data(), Shape{3}, 2}, target, {dy.data(), Shape{3}, 2});
  CHECK(value == doctest::Approx(5 / 6.).epsilon(1e-15));
  const std::vector<double> wanted = {0, 2 / 3., 0, 0, -1 / 3., 0};
  for (std::size_t i = 0; i < 6; ++i) CHECK(static_cast<double>(dy[i]) == doctest::Approx(wanted[i]).epsilon(close));
}

TEST_CASE("squared_error: finite for every finite output") {
  constexpr real most = std::numeric_limits<real>::max();
  const std::vector<real> y = {most, -most}, t = {-most, most};
  std::vector<real> dy(2);
  const double value = SquaredError().evaluate({y.data(), Shape{1}, 2}, ConstView{t.data(), Shape{1}, 2}, {dy.data(), Shape{1}, 2});
  CHECK(std::isfinite(value));
  for (const real d : dy) CHECK(std::isfinite(d));
  CHECK(dy[0] > 0);
  CHECK(dy[1] < 0);
  const std::vector<real> bad = {std::numeric_limits<real>::quiet_NaN(), 0};
  CHECK(std::isnan(SquaredError().evaluate({bad.data(), Shape{1}, 2}, ConstView{t.data(), Shape{1}, 2}, {dy.data(), Shape{1}, 2})));
  CHECK(std::isnan(dy[0]));
  const std::vector<real> endless = {std::numeric_limits<real>::infinity(), 0};
  for (const auto& [a, b] : {std::pair(endless, t), std::pair(t, endless), std::pair(endless, endless)})
    CHECK_FALSE(std::isfinite(SquaredError().evaluate({a.data(), Shape{1}, 2}, ConstView{b.data(), Shape{1}, 2}, {})));
}

TEST_CASE("losses take no memory") {
  const std::vector<int> labels = {2, 0};
  const auto z = random_values(6, 1, 1), t = random_values(6, 1, 2);
  std::vector<real> dz(6);
  const ConstView y{z.data(), Shape{3}, 2}, values{t.data(), Shape{3}, 2};
  const View dy{dz.data(), Shape{3}, 2};
  const SoftmaxCrossEntropy cross({.label_smoothing = 0.1, .class_weights = {1, 2, 3}});
  const SquaredError squares;
  const cambium_tests::AllocationCount count;
  cross.check(y, labels), squares.check(y, values);
  cross.evaluate(y, labels, dy), squares.evaluate(y, values, dy);
  CHECK(count.since() == 0);
}

TEST_CASE("losses tell what they are") {
  CHECK(SoftmaxCrossEntropy().describe().str() == "softmax_cross_entropy (label_smoothing 0, class_weights [])");
  CHECK(SoftmaxCrossEntropy({.label_smoothing = 0.1, .class_weights = {1, 2.5}}).describe().str() ==
        "softmax_cross_entropy (label_smoothing 0.1, class_weights [1, 2.5])");
  CHECK(SquaredError().describe().str() == "squared_error");
}

TEST_CASE("losses refuse options that make no sense") {
  const auto refuse = [](SoftmaxCrossEntropyOptions options, const char* message) {
    CHECK_THROWS_WITH_AS(SoftmaxCrossEntropy{options}, message, Error);
  };
  refuse({.label_smoothing = 1},
         "softmax_cross_entropy: .label_smoothing = 1 must be at least 0 and below 1; try .label_smoothing = 0.1");
  refuse({.label_smoothing = std::nan("")},
         "softmax_cross_entropy: .label_smoothing = nan must be at least 0 and below 1; try .label_smoothing = 0.1");
  refuse({.class_weights = {1, -1}},
         "softmax_cross_entropy: .class_weights = [1, -1] must be at least 0, and finite together; try weights around 1");
  refuse({.class_weights = {1e308, 1e308}},
         "softmax_cross_entropy: .class_weights = [1e308, 1e308] must be at least 0, and finite together; try weights around 1");
  refuse({.class_weights = {0, 0}}, "softmax_cross_entropy: .class_weights = [0, 0] must not all be 0; try weights around 1");
}

TEST_CASE("losses refuse outputs that their targets do not suit") {
  const auto refuse = [](const Loss& loss, const Shape& output, const Dataset::TargetKind& kind, const char* message) {
    CHECK_THROWS_WITH_AS(loss.check(output, kind), message, Error);
  };
  const SoftmaxCrossEntropy cross;
  refuse(cross, Shape{1, 28, 28}, {10, {}},
         "softmax_cross_entropy: the output is 1x28x28, and it needs one value for each of 10 classes; "
         "try Flatten() and Dense(10) as the last layers");
  refuse(cross, Shape{10, 1, 1}, {10, {}},
         "softmax_cross_entropy: the output is 10x1x1, and it needs one value for each of 10 classes; "
         "try Flatten() as the last layer, and Dense(classes) where that is too many");
  refuse(cross, Shape{12}, {10, {}},
         "softmax_cross_entropy: the output has 12 values and the targets have 10 classes; try Dense(10) as the last layer");
  refuse(cross, Shape{12}, {0, Shape{11}},
         "softmax_cross_entropy: the targets are values of 11, and it needs labels, or a probability for each class; "
         "try SquaredError() for values that are to be predicted");
  refuse(cross, Shape{1}, {0, Shape{1}},
         "softmax_cross_entropy: the targets are values of 1, and it needs labels, or a probability for each class; "
         "try SquaredError() for values that are to be predicted");
  refuse(cross, Shape{1}, {1, {}},
         "softmax_cross_entropy: the targets have one class, so there is nothing to tell apart: the loss would always be 0 and "
         "every answer right; try labels of at least two classes, and as many outputs: Dense(2) for a question of yes or no");
  refuse(cross, Shape{1}, {2, {}},
         "softmax_cross_entropy: the output has 1 value and the targets have 2 classes; try Dense(2) as the last layer");
  refuse(SoftmaxCrossEntropy({.class_weights = {1, 2}}), Shape{3}, {3, {}},
         "softmax_cross_entropy: 2 class weights for 3 classes; try one weight for each class");
  refuse(SquaredError(), Shape{784}, {10, {}},
         "squared_error: the targets are labels of 10 classes, and it needs values of 784, as the output has; "
         "try SoftmaxCrossEntropy()");
  refuse(SquaredError(), Shape{1, 2, 2}, {0, Shape{4}},
         "squared_error: the output is 1x2x2 and the targets are 4, and must be alike; try Flatten() as the last layer");
  refuse(SquaredError(), Shape{4}, {0, Shape{1, 2, 2}},
         "squared_error: the output is 4 and the targets are 1x2x2, and must be alike; try targets of the shape 4");
  refuse(SquaredError(), Shape{5}, {0, Shape{4}},
         "squared_error: the output is 5 and the targets are 4, and must be alike; try a last layer that gives 4 values");
  CHECK_NOTHROW(cross.check(Shape{10}, {10, {}}));
  CHECK_NOTHROW(SquaredError().check(Shape{1, 2, 2}, {0, Shape{1, 2, 2}}));
}

TEST_CASE("losses refuse a batch whose targets do not fit, in check and in evaluate, before anything is written") {
  const std::vector<real> z(12, 0), t(12, 0);
  std::vector<real> dz(12, 7);
  const ConstView y{z.data(), Shape{3}, 2};
  const auto refuse = [&](const Loss& loss, const ConstView& output, const Target& target, const char* message, View dy = {}) {
    CHECK_THROWS_WITH_AS(loss.check(output, target, dy), message, Error);
    CHECK_THROWS_WITH_AS(loss.evaluate(output, target, dy.data ? dy : View{dz.data(), output.shape, output.batch}), message, Error);
    for (const real d : dz) CHECK(d == 7);
  };
  const SoftmaxCrossEntropy cross;
  const SquaredError squares;
  const std::vector<int> high = {0, 3}, low = {-1, 0}, few = {1}, many = {1, 1, 1}, good = {2, 0};
  refuse(cross, y, high,
         "softmax_cross_entropy: the label of sample 1 of the batch is 3, and the 3 classes count from 0 to 2; "
         "try labels that count from 0, or more outputs in the last layer");
  refuse(cross, y, low,
         "softmax_cross_entropy: the label of sample 0 of the batch is -1, and the 3 classes count from 0 to 2; "
         "try labels that count from 0, or more outputs in the last layer");
  refuse(cross, y, few, "softmax_cross_entropy: 1 labels for an output of 2 samples; try one label per sample");
  refuse(cross, y, many, "softmax_cross_entropy: 3 labels for an output of 2 samples; try one label per sample");
  refuse(cross, y, Target(), "softmax_cross_entropy: 0 labels for an output of 2 samples; try one label per sample");
  refuse(cross, {z.data(), Shape{3}, 0}, std::vector<int>{},
         "softmax_cross_entropy: an output of no samples has no mean loss; try a batch of at least 1");
  refuse(cross, {nullptr, Shape{3}, 2}, good,
         "softmax_cross_entropy: an output of no samples has no mean loss; try a batch of at least 1");
  refuse(squares, y, ConstView{t.data(), Shape{3}, 1},
         "squared_error: targets of 1 sample for an output of 2 samples; try one target per sample");
  refuse(squares, y, good,
         "squared_error: the targets are labels of 3 classes, and it needs values of 3, as the output has; "
         "try SoftmaxCrossEntropy()");
  refuse(cross, y, ConstView{t.data(), Shape{3}, 2},
         "softmax_cross_entropy: the targets of sample 0 of the batch are of sum 0, and probabilities sum to 1; "
         "try SquaredError() for values that are to be predicted");
  refuse(squares, y, ConstView{t.data(), Shape{1, 3}, 2},
         "squared_error: the output is 3 and the targets are 1x3, and must be alike; try targets of the shape 3");
  refuse(cross, y, good,
         "softmax_cross_entropy: a gradient of 4 for an output of 3; "
         "try plan.output_gradient(), or View{} where no gradient is needed",
         {dz.data(), Shape{4}, 2});
  refuse(cross, {dz.data(), Shape{3}, 2}, good,
         "softmax_cross_entropy: the gradient lies where the output does, which is still read; try memory of its own for dy",
         {dz.data(), Shape{3}, 2});
  CHECK_NOTHROW(cross.check(y, good));
  CHECK_NOTHROW(squares.check(y, ConstView{t.data(), Shape{3}, 2}));
}

TEST_CASE("losses: the class that an output names") {
  const SoftmaxCrossEntropy loss;
  const auto label = [&](const std::vector<real>& y) { return loss.label(y.data(), Shape(static_cast<int>(y.size()))); };
  CHECK(label({1, 3, 2}) == 1);
  CHECK(label({2, 3, 3}) == 1);  // the first of equal ones
  CHECK(label({3, 3, 3}) == 0);
  CHECK(label({1, 2, std::numeric_limits<real>::quiet_NaN()}) == -1);
  CHECK(label({std::numeric_limits<real>::quiet_NaN(), 2, 1}) == -1);
  CHECK(label({5}) == -1);
}

}  // namespace
}  // namespace cambium
