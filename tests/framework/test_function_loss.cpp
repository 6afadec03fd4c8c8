#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "cambium/cambium.h"
#include "cambium/framework/testing/check_loss.h"

namespace cambium {
namespace {

const FunctionLoss high("high", [](std::span<const real> y, std::span<const real> target, SampleGradient dy) {
  double sum = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double d = y[i] - target[i], slope = d > 0 ? 0.1 : -0.9;
    sum += slope * d;
    dy[i] = slope;
  }
  return sum;
});

// (Crammer, Singer 2001): how much the best wrong class comes within 1 of the right one.
const FunctionLoss hinge("hinge", [](std::span<const real> y, int label, SampleGradient dy) {
  const auto right = static_cast<std::size_t>(label);
  std::size_t best = right == 0 ? 1 : 0;
  for (std::size_t i = 0; i < y.size(); ++i)
    if (i != right && y[i] > y[best]) best = i;
  const double loss = std::fmax(0, 1 + static_cast<double>(y[best]) - static_cast<double>(y[right]));
  if (loss > 0) dy[best] = 1, dy[right] = -1;
  return std::isnan(y[right]) ? std::nan("") : loss;
});

TEST_CASE("function_loss: the contract, for values and for labels") {
  testing::check_loss(high, Shape{3}, {0, Shape{3}});
  testing::check_loss(high, Shape{2, 3, 1}, {0, Shape{2, 3, 1}});
  const FunctionLoss generic("generic", [](auto y, auto target, auto dy) {
    dy[0] = y[0] - target[0];
    return 0.5 * static_cast<double>(y[0] - target[0]) * static_cast<double>(y[0] - target[0]);
  });
  testing::check_loss(generic, Shape{1}, {0, Shape{1}});
}

TEST_CASE("function_loss: check_loss finds what is wrong with the function") {
  const FunctionLoss half("half", [](auto y, auto target, auto dy) {  // of the gradient
    dy[0] = y[0] - target[0];
    return static_cast<double>(y[0] - target[0]) * static_cast<double>(y[0] - target[0]);
  });
  if (sizeof(real) == 8)
    CHECK_THROWS_WITH_AS(testing::check_loss(half, Shape{1}, {0, Shape{1}}), doctest::Contains("differences say"), Error);
  const FunctionLoss far("far", [](auto y, auto, auto dy) {
    const double value = std::exp(static_cast<double>(y[0]));
    dy[0] = value;
    return value;
  });
  CHECK_THROWS_WITH_AS(testing::check_loss(far, Shape{1}, {0, Shape{1}}), doctest::Contains("the loss is inf for outputs of"),
                       Error);
}

TEST_CASE("function_loss: worked by hand") {
  const std::vector<real> y = {1, 2, 3, 4, 5, 6}, t = {1, 0, 3, 4, 6, 6};
  std::vector<real> dy(6, 7);
  CHECK(high.evaluate({y.data(), Shape{3}, 2}, ConstView{t.data(), Shape{3}, 2}, {dy.data(), Shape{3}, 2}, 4) ==
        doctest::Approx((0.2 + 0.9) / 2 * 4));
  const std::vector<double> wanted = {-1.8, 0.2, -1.8, -1.8, -1.8, -1.8};
  for (std::size_t i = 0; i < 6; ++i) CHECK(static_cast<double>(dy[i]) == doctest::Approx(wanted[i]));

  CHECK(hinge.evaluate({y.data(), Shape{3}, 2}, std::vector<int>{1, 2}, {dy.data(), Shape{3}, 2}) == doctest::Approx(1));
  CHECK(dy == std::vector<real>{0, real(-0.5), real(0.5), 0, 0, 0});  // what is not written is 0
}

TEST_CASE("function_loss: a gradient is stored as a finite number") {
  const FunctionLoss steep("steep", [](auto, auto, auto dy) {
    dy[0] = 1e308, dy[1] = -1e308;
    return 0.0;
  });
  const std::vector<real> y = {0, 0};
  std::vector<real> dy(2);
  steep.evaluate({y.data(), Shape{2}, 1}, ConstView{y.data(), Shape{2}, 1}, {dy.data(), Shape{2}, 1}, 10);
  CHECK(dy == std::vector<real>{std::numeric_limits<real>::max(), -std::numeric_limits<real>::max()});
}

TEST_CASE("function_loss: a model trained with it answers with the 90th percentile") {
  std::vector<real> x(500, 1), t;
  for (int i = 0; i < 500; ++i) t.push_back(static_cast<real>(i) / 500);
  MemoryDataset train;
  train.add_input(Shape(1), x).add_target(Shape(1), t);
  Trainer trainer(Sequential(Shape(1), Dense(1)), high, Sgd({.rate = 0.01}), {.batch = 10, .threads = 1});
  trainer.fit(train, {.epochs = 40});
  CHECK(static_cast<double>(trainer.predict(ConstView{x.data(), Shape{1}, 1})[0]) == doctest::Approx(0.9).epsilon(0.03));
}

TEST_CASE("function_loss: what it refuses") {
  CHECK_THROWS_WITH_AS(high.check(Shape{3}, {3, {}}),
                       "high: the targets are labels of 3 classes, and it needs values of 3, as the output has; "
                       "try a function that takes an int for the label",
                       Error);
  CHECK_THROWS_WITH_AS(hinge.check(Shape{3}, {0, Shape{3}}),
                       "hinge: the targets are values of 3, and its function takes a label; "
                       "try a function that takes std::span<const real> for the target",
                       Error);
  CHECK_THROWS_WITH_AS(high.check(Shape{5}, {0, Shape{4}}),
                       "high: the output is 5 and the targets are 4, and must be alike; try a last layer that gives 4 values",
                       Error);
  CHECK_THROWS_WITH_AS(hinge.evaluate({nullptr, Shape{3}, 2}, std::vector<int>{1, 2}, {}), doctest::Contains("no samples"), Error);
  CHECK(high.describe().str() == "high");
}

}  // namespace
}  // namespace cambium
