// AbsoluteError and HuberLoss, which look at the distance from the target alone.
#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <limits>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/testing/check_loss.h"
#include "cambium/framework/training/absolute_error.h"
#include "cambium/framework/training/huber_loss.h"
#include "cambium/framework/training/squared_error.h"

namespace cambium {
namespace {

constexpr double close = sizeof(real) == 4 ? 1e-6 : 1e-14;
constexpr real most = std::numeric_limits<real>::max(), nan = std::numeric_limits<real>::quiet_NaN(),
               infinity = std::numeric_limits<real>::infinity();

const std::vector<real> outputs = {1, 2, 3, 4, 5, 6}, targets = {1, 0, 3, 4, 6, real(6.5)};  // off by 0, 2, 0, 0, -1, -1/2

double loss_of(const Loss& loss, std::vector<real>* dy = nullptr, double scale = 1) {
  if (dy) dy->assign(6, nan);
  return loss.evaluate({outputs.data(), Shape{3}, 2}, ConstView{targets.data(), Shape{3}, 2},
                       {dy ? dy->data() : nullptr, Shape{3}, 2}, scale);
}

void gradient_is(const std::vector<real>& dy, const std::vector<double>& wanted) {
  for (std::size_t i = 0; i < 6; ++i) CHECK(static_cast<double>(dy[i]) == doctest::Approx(wanted[i] / 6).epsilon(close));
}

TEST_CASE("absolute_error, huber_loss: the contract") {
  testing::check_loss(AbsoluteError(), Shape{5}, {0, Shape{5}});
  testing::check_loss(AbsoluteError(), Shape{2, 3, 1}, {0, Shape{2, 3, 1}});
  testing::check_loss(HuberLoss(), Shape{5}, {0, Shape{5}});
  testing::check_loss(HuberLoss({.delta = 0.2}), Shape{2, 3, 1}, {0, Shape{2, 3, 1}});
  testing::check_loss(HuberLoss({.delta = 1e30}), Shape{1}, {0, Shape{1}});
}

TEST_CASE("absolute_error: the mean over samples and values") {
  std::vector<real> dy;
  CHECK(loss_of(AbsoluteError(), &dy) == doctest::Approx(3.5 / 6).epsilon(1e-15));
  gradient_is(dy, {0, 1, 0, 0, -1, -1});
  CHECK(loss_of(AbsoluteError(), &dy, 3) == doctest::Approx(3.5 / 2).epsilon(1e-15));
  gradient_is(dy, {0, 3, 0, 0, -3, -3});
}

TEST_CASE("huber_loss: squared near the target, straight further out") {
  std::vector<real> dy;
  CHECK(loss_of(HuberLoss(), &dy) == doctest::Approx((1.5 + 0.5 + 0.125) / 6).epsilon(1e-15));
  gradient_is(dy, {0, 1, 0, 0, -1, -0.5});
  CHECK(loss_of(HuberLoss({.delta = 0.5}), &dy) == doctest::Approx((0.875 + 0.375 + 0.125) / 6).epsilon(1e-15));
  gradient_is(dy, {0, 0.5, 0, 0, -0.5, -0.5});
  CHECK(loss_of(HuberLoss({.delta = 10})) == doctest::Approx(0.5 * loss_of(SquaredError())).epsilon(1e-15));
  CHECK(loss_of(HuberLoss({.delta = 1e-9})) / 1e-9 == doctest::Approx(loss_of(AbsoluteError())).epsilon(1e-8));
}

TEST_CASE("absolute_error, huber_loss: finite for every finite output, and no further") {
  const AbsoluteError absolute;
  const HuberLoss huber({.delta = 1e300});
  for (const Loss* loss : std::initializer_list<const Loss*>{&absolute, &huber}) {
    const auto evaluate = [&](real y, real t, real* dy) {
      return loss->evaluate({&y, Shape{1}, 1}, ConstView{&t, Shape{1}, 1}, {dy, Shape{1}, 1});
    };
    real up = 0, down = 0;
    CHECK(std::isfinite(evaluate(most, -most, &up)));
    CHECK(std::isfinite(evaluate(-most, most, &down)));
    CHECK(std::isfinite(up));
    CHECK(up > 0);
    CHECK(down == -up);
    for (const real bad : {nan, infinity, -infinity})
      for (const real other : {real(0), bad}) {
        CHECK_FALSE(std::isfinite(evaluate(bad, other, nullptr)));
        CHECK_FALSE(std::isfinite(evaluate(other, bad, nullptr)));
      }
    CHECK(std::isnan(evaluate(nan, 0, &up)));
    CHECK(std::isnan(up));
  }
}

TEST_CASE("absolute_error, huber_loss: what they refuse") {
  const auto refuse = [](const Loss& loss, const Shape& output, const Dataset::TargetKind& kind, const char* message) {
    CHECK_THROWS_WITH_AS(loss.check(output, kind), message, Error);
  };
  refuse(AbsoluteError(), Shape{784}, {10, {}},
         "absolute_error: the targets are labels of 10 classes, and it needs values of 784, as the output has; "
         "try SoftmaxCrossEntropy()");
  refuse(HuberLoss(), Shape{784}, {10, {}},
         "huber_loss: the targets are labels of 10 classes, and it needs values of 784, as the output has; "
         "try SoftmaxCrossEntropy()");
  refuse(AbsoluteError(), Shape{1, 2, 2}, {0, Shape{4}},
         "absolute_error: the output is 1x2x2 and the targets are 4, and must be alike; try Flatten() as the last layer");
  refuse(HuberLoss(), Shape{4}, {0, Shape{1, 2, 2}},
         "huber_loss: the output is 4 and the targets are 1x2x2, and must be alike; try targets of the shape 4");
  refuse(HuberLoss(), Shape{5}, {0, Shape{4}},
         "huber_loss: the output is 5 and the targets are 4, and must be alike; try a last layer that gives 4 values");
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL})
    CHECK_THROWS_WITH_AS(HuberLoss({.delta = bad}), doctest::Contains("must be above 0 and finite; try .delta = 1"), Error);
  CHECK_THROWS_WITH_AS(HuberLoss({.delta = -2}), "huber_loss: .delta = -2 must be above 0 and finite; try .delta = 1", Error);
  CHECK(AbsoluteError().describe().str() == "absolute_error");
  CHECK(HuberLoss({.delta = 0.5}).describe().str() == "huber_loss (delta 0.5)");
}

}  // namespace
}  // namespace cambium
