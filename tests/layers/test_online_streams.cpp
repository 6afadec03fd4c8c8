// Small nets with online norm, trained row by row on streams in the order of time: nothing runs away, whatever the stream.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "cambium/framework/planning/plan.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/optimizers/sgd.h"
#include "tests/layers/made_streams.h"

namespace cambium {

namespace {

Sequential net_of(std::uint64_t number, bool bounded) {
  const OnlineNorm norm({.bounded = bounded}), first({.epsilon = 0, .input = true, .bounded = bounded});
  if (number % 3 == 0) return Sequential(Shape{6}, first, Dense(16), norm, Affine(), Relu(), Dense(2));
  if (number % 3 == 1)
    return Sequential(Shape{6}, first, Dense(16), norm, Affine(), Relu(), Dense(8), norm, Affine(), Relu(), Dense(2));
  return Sequential(Shape{6}, Dense(16), norm, Affine(), Relu(), Dense(2));
}

// The largest of what a run has held, and whether all of it, and every step, was finite.
struct Largest {
  double weight = 0, u = 0, v = 0, var = 0;
  bool finite = true;

  void look_at(const Weights& weights) {
    for (const real w : weights.block()) take(weight, static_cast<double>(w));
    for (const Weights::StateTensor& state : weights.state_tensors()) {
      const bool is_u = state.name.ends_with(".u"), is_v = state.name.ends_with(".v"), is_var = state.name.ends_with(".var");
      double other = 0, &to = is_u ? u : is_v ? v : is_var ? var : other;
      for (const double value : weights.state_block().subspan(state.offset, state.size)) {
        take(to, value);
        if (is_var && value < 0) finite = false;
      }
    }
  }
  void take(double& largest, double value) {
    finite = finite && std::isfinite(value);
    largest = std::max(largest, std::fabs(value));
  }
};

Largest train(std::uint64_t number, int rows, bool bounded) {
  const Sequential net = net_of(number, bounded);
  Weights weights(net, number + 1);
  Plan plan(net, weights, {.batch = 1, .mode = Mode::train});
  Sgd sgd({.rate = 0.01});
  const SoftmaxCrossEntropy loss;
  MadeStream stream(number, number % 3 == 2);
  Largest largest;
  for (int row = 0; row < rows && largest.finite; ++row) {
    real x[MadeStream::columns];
    const int label = stream.next(x);
    loss.evaluate(plan.forward({x, Shape{6}, 1}), std::span<const int>(&label, 1), plan.output_gradient());
    plan.backward();
    largest.finite = largest.finite && plan.finite();
    sgd.step(weights);
    if (row % 16 == 0) largest.look_at(weights);
  }
  largest.look_at(weights);
  return largest;
}

// Streams from `first` on: none may end beyond these.
void check_streams(std::uint64_t first, int count, int rows) {
  double weight = 0, u = 0, v = 0;
  for (std::uint64_t number = first; number < first + static_cast<std::uint64_t>(count); ++number) {
    const Largest largest = train(number, rows, true);
    CAPTURE(number);
    CHECK(largest.finite);
    CHECK(largest.weight <= 300);
    CHECK(largest.u <= 1e6);
    CHECK(largest.v <= 1e5);
    weight = std::max(weight, largest.weight), u = std::max(u, largest.u), v = std::max(v, largest.v);
  }
  MESSAGE(count, " made streams of ", rows, " rows: largest weight ", weight, ", u ", u, ", v ", v);
}

}  // namespace

TEST_CASE("online_norm on made streams: no weight, and nothing that it remembers, runs away; as published it does") {
  check_streams(0, 18, 12000);
  int away = 0;
  for (const std::uint64_t number : {2u, 4u, 5u, 8u}) {
    const Largest largest = train(number, 12000, false);
    away += !largest.finite || largest.weight > 300 || largest.v > 1e5;
  }
  CHECK(away >= 2);
}

TEST_CASE("slow: online_norm on 1,000 made streams of 30,000 rows") { check_streams(0, 1000, 30000); }

}  // namespace cambium
