#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "cambium/cambium.h"

// What a model starts from, and what weight decay takes hold of.
namespace cambium {

TEST_CASE("every tensor is drawn from a stream of its own, which its name and the seed decide") {
  const Sequential net(Shape(40), Dense(40), Dense(40), Dense(40));
  const Weights weights(net, 7), again(net, 7), other(net, 8);
  const auto correlation = [](std::span<const real> a, std::span<const real> b) {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
      ab += x * y, aa += x * x, bb += y * y;
    }
    return ab / std::sqrt(aa * bb);
  };
  const std::vector<std::string> names = {"dense_1.weight", "dense_2.weight", "dense_3.weight"};
  for (const std::string& a : names) {
    CHECK(correlation(weights.value(a), again.value(a)) == doctest::Approx(1));
    CHECK(std::fabs(correlation(weights.value(a), other.value(a))) < 0.1);  // of 1600 values: four deviations
    for (const std::string& b : names)
      if (a != b) CHECK(std::fabs(correlation(weights.value(a), weights.value(b))) < 0.1);
  }
  const Sequential longer(Shape(40), Relu(), Dense(40), Affine(), Dense(40));
  CHECK(correlation(Weights(longer, 7).value("dense_2.weight"), weights.value("dense_2.weight")) == doctest::Approx(1));
}

TEST_CASE("weight decay takes hold of weights, and never of a bias, a scale or a shift") {
  Graph net = Sequential(Shape{2, 6, 6}, Conv2d(3), BatchNorm(), Affine(), Relu(), Flatten(), Dense(4), OnlineNorm(), Affine());
  Weights weights(net, 1);
  for (std::size_t i = 0; i < weights.tensors().size(); ++i) {
    INFO(weights.tensors()[i].name);
    CHECK(weights.ranges()[i].decay == weights.tensors()[i].name.ends_with(".weight"));
  }
  for (real& w : weights.block()) w = 1;
  Sgd sgd({.rate = 0.5, .weight_decay = 0.5});
  sgd.prepare(weights), sgd.begin(weights.ranges());
  for (const Range& range : weights.ranges()) sgd.update(range, 0, range.size);  // by gradients of 0
  for (const Weights::Tensor& tensor : weights.tensors()) {
    INFO(tensor.name);
    const real expected = tensor.name.ends_with(".weight") ? real(0.75) : real(1);
    for (const real w : std::as_const(weights).value(tensor.name)) CHECK(w == expected);
  }
}

TEST_CASE("the rate that is reported is the rate of the step") {
  std::vector<real> x(60, 1), y(30, 1);
  const MemoryDataset data(Shape(2), x, Shape(1), y);
  const Schedule halves = schedule::step({.every = 2, .factor = 0.5});
  Trainer trainer(Sequential(Shape(2), Dense(1)), SquaredError(), Sgd({.rate = 0.25, .schedule = halves}), {.batch = 10});
  std::vector<double> rates;
  const History history = trainer.fit(data, {.epochs = 2, .on_step = [&](StepReport& r) { rates.push_back(r.rate); }});
  CHECK(rates == std::vector<double>{0.25, 0.25, 0.125, 0.125, 0.0625, 0.0625});
  CHECK(history.epochs[0].rate == 0.125);
  CHECK(history.epochs[1].rate == 0.0625);
  CHECK(trainer.optimizer().rate() == 0.0625);
  CHECK(Sgd({.rate = 0.25, .schedule = halves}).rate() == 0.25);  // of the first step to come
  Sgd resumed({.rate = 0.25, .schedule = halves});
  resumed.resume(3);
  CHECK(resumed.rate() == 0.125);
  // One step by hand moves by just that rate.
  Graph net = Sequential(Shape(1), Dense(1, {.bias = false}));
  Weights weights(net, 1);
  Plan plan(net, weights, {.mode = Mode::train});
  const real one = 1, before = weights.value("dense_1.weight")[0];
  Sgd sgd({.rate = 0.25});
  plan.forward(ConstView{&one, Shape(1), 1});
  plan.output_gradient().data[0] = 1;
  plan.backward(&sgd);
  CHECK(static_cast<double>(before - weights.value("dense_1.weight")[0]) == doctest::Approx(sgd.rate()));
}

}  // namespace cambium
