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

struct Result {
  double loss;
  std::vector<real> dy;
};
Result one(const GaussianLikelihood& loss, real mean, real log_variance, real target) {
  const std::vector<real> y = {mean, log_variance};
  Result result{0, {7, 7}};
  result.loss = loss.evaluate({y.data(), Shape{2}, 1}, ConstView{&target, Shape{1}, 1}, {result.dy.data(), Shape{2}, 1});
  return result;
}

TEST_CASE("gaussian_likelihood: the contract") {
  testing::check_loss(GaussianLikelihood(), Shape{2}, {0, Shape{1}});
  testing::check_loss(GaussianLikelihood({.full = true}), Shape{6}, {0, Shape{3}});
  testing::check_loss(GaussianLikelihood({.epsilon = 1e-4}), Shape{4, 3, 1}, {0, Shape{2, 3, 1}});
}

TEST_CASE("gaussian_likelihood: worked by hand, means first, then logarithms of variances") {
  const real log4 = static_cast<real>(std::log(4.0));
  const std::vector<real> y = {1, 2, 0,     log4,  //
                               3, 0, -log4, 0},
                          t = {3, 0, 3, 1};  // off by -2 and 2 of variances 1 and 4, by 0 and -1 of variances 1/4 and 1
  std::vector<real> dy(8);
  const ConstView output{y.data(), Shape{4}, 2}, target{t.data(), Shape{2}, 2};
  const double log2 = std::log(2.0), value = (2 + (log2 + 0.5) - log2 + 0.5) / 4;
  CHECK(GaussianLikelihood().evaluate(output, target, {dy.data(), Shape{4}, 2}) == doctest::Approx(value).epsilon(close));
  const std::vector<double> wanted = {-2, 0.5, -1.5, 0, 0, -1, 0.5, 0};
  for (std::size_t i = 0; i < 8; ++i) CHECK(static_cast<double>(dy[i]) == doctest::Approx(wanted[i] / 4).epsilon(close));
  const double pi = 3.141592653589793;
  CHECK(GaussianLikelihood({.full = true}).evaluate(output, target, {}) ==
        doctest::Approx(value + 0.5 * std::log(2 * pi)).epsilon(close));
}

TEST_CASE("gaussian_likelihood: below the smallest variance the loss is held, and only what lifts the variance gets through") {
  const GaussianLikelihood loss({.epsilon = 0.01});
  const real far = -50;
  const Result exact = one(loss, 1, far, 1), off = one(loss, 2, far, 1);
  CHECK(exact.loss == doctest::Approx(0.5 * std::log(0.01)).epsilon(close));
  CHECK(exact.dy[0] == 0);
  CHECK(exact.dy[1] == 0);
  CHECK(off.loss == doctest::Approx(0.5 * std::log(0.01) + 50).epsilon(close));
  CHECK(static_cast<double>(off.dy[0]) == doctest::Approx(100).epsilon(close));
  CHECK(static_cast<double>(off.dy[1]) == doctest::Approx(0.5 - 50).epsilon(close));
  CHECK(loss.deviation(far) == doctest::Approx(0.1).epsilon(close));
  CHECK(loss.deviation(2) == doctest::Approx(std::exp(1.0)).epsilon(close));
}

TEST_CASE("gaussian_likelihood: finite for every finite output, and no further") {
  const GaussianLikelihood loss;
  for (const real mean : {real(0), real(1e18), most, -most})
    for (const real log_variance : {real(0), real(700), real(1500), most, -most})
      for (const real target : {real(0), most, -most}) {
        const Result result = one(loss, mean, log_variance, target);
        CHECK(std::isfinite(result.loss));
        for (const real d : result.dy) CHECK(std::isfinite(d));
      }
  for (const real bad : {nan, infinity, -infinity}) {
    CHECK_FALSE(std::isfinite(one(loss, bad, 0, 0).loss));
    CHECK_FALSE(std::isfinite(one(loss, 0, bad, 0).loss));
    CHECK_FALSE(std::isfinite(one(loss, 0, 0, bad).loss));
    CHECK_FALSE(std::isfinite(one(loss, bad, bad, bad).loss));
  }
}

TEST_CASE("gaussian_likelihood: what it refuses") {
  const auto refuse = [](const Shape& output, const Dataset::TargetKind& kind, const char* message) {
    CHECK_THROWS_WITH_AS(GaussianLikelihood().check(output, kind), message, Error);
  };
  refuse(Shape{2}, {2, {}},
         "gaussian_likelihood: the targets are labels of 2 classes, and it needs values; try SoftmaxCrossEntropy()");
  refuse(Shape{3}, {0, Shape{3}},
         "gaussian_likelihood: the output is 3 and the targets are 3, and it needs two values for each of them, a mean and the "
         "logarithm of the variance; try Dense(6) as the last layer");
  refuse(Shape{7}, {0, Shape{3}},
         "gaussian_likelihood: the output is 7 and the targets are 3, and it needs two values for each of them, a mean and the "
         "logarithm of the variance; try Dense(6) as the last layer");
  refuse(Shape{2, 3, 8}, {0, Shape{2, 3, 4}},
         "gaussian_likelihood: the output is 2x3x8 and the targets are 2x3x4, and it needs two values for each of them, a mean and "
         "the logarithm of the variance; try a last layer of 4 channels");
  refuse(Shape{6}, {0, Shape{3, 1, 1}},
         "gaussian_likelihood: the output is 6 and the targets are 3x1x1, and it needs two values for each of them, a mean and the "
         "logarithm of the variance; try a last layer of 6 channels");
  CHECK_NOTHROW(GaussianLikelihood().check(Shape{4, 3, 4}, {0, Shape{2, 3, 4}}));
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL})
    CHECK_THROWS_WITH_AS(GaussianLikelihood({.epsilon = bad}), doctest::Contains("must be above 0 and finite; try .epsilon = 1e-6"),
                         Error);
  CHECK_THROWS_WITH_AS(GaussianLikelihood({.epsilon = 0}),
                       "gaussian_likelihood: .epsilon = 0 must be above 0 and finite; try .epsilon = 1e-6", Error);
  CHECK(GaussianLikelihood().describe().str() == "gaussian_likelihood (epsilon 1e-6, full false)");
}

// t = 2 x + noise whose deviation is 0.1 for x < 0 and 0.5 elsewhere. 95.4 % of 2000 held-out targets are 1909 with a deviation of
// 9.4; the model's own error shows at half a percent or so.
TEST_CASE("gaussian_likelihood: a model learns where it is sure, and its bars of two deviations hold what they should") {
  const auto made = [](std::uint64_t seed) {
    std::vector<real> x, t;
    for (std::uint64_t i = 0; i < 2000; ++i) {
      const double at = Random(seed).of(0).uniform(i, -1, 1), noise = Random(seed).of(1).normal(i);
      x.push_back(static_cast<real>(at)), t.push_back(static_cast<real>(2 * at + (at < 0 ? 0.1 : 0.5) * noise));
    }
    return std::pair(x, t);
  };
  const auto [x, t] = made(1);
  const auto [unseen, truth] = made(2);
  MemoryDataset train;
  train.add_input(Shape(1), x).add_target(Shape(1), t);
  const GaussianLikelihood loss;
  Trainer trainer(Sequential(Shape(1), Dense(16), Tanh(), Dense(2)), loss, Adam({.rate = 0.01}), {.batch = 50, .threads = 1});
  trainer.fit(train, {.epochs = 25});
  const std::vector<real> y = trainer.predict(ConstView{unseen.data(), Shape{1}, 2000});
  int within = 0;
  double sure = 0, unsure = 0;
  for (std::size_t i = 0; i < 2000; ++i) {
    const double deviation = loss.deviation(y[2 * i + 1]);
    within += std::fabs(static_cast<double>(truth[i]) - static_cast<double>(y[2 * i])) <= 2 * deviation;
    (unseen[i] < 0 ? sure : unsure) += deviation / 1000;
  }
  CHECK(std::fabs(within - 1909) < 6 * 9.4);
  CHECK(sure == doctest::Approx(0.1).epsilon(0.3));
  CHECK(unsure == doctest::Approx(0.5).epsilon(0.3));
}

}  // namespace
}  // namespace cambium
