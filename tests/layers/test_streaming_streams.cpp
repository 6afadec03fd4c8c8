// Small nets with streaming norm that learn from data in the order of time, in batches of any size: nothing runs away.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/planning/plan.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/normalization/streaming_norm.h"
#include "cambium/optimizers/sgd.h"
#include "tests/layers/made_streams.h"

namespace cambium {

namespace {

// Six columns that go between two scales every 2,000 rows, or that are quiet with a spike now and then.
struct Jumpy {
  bool spikes;
  std::uint64_t n = 0;

  int next(real* x) {
    double sum = 0;
    for (std::uint64_t c = 0; c < 6; ++c) {
      const double normal = Random(51).of(n).normal(c);
      const bool spike = Random(52).of(n).uniform(c) < 5e-4;
      const double z = spikes ? (spike ? 100 : 0.01 * normal) : normal * (n / 2000 % 2 ? 1e4 : 1e-4);
      x[c] = static_cast<real>(z), sum += c % 2 ? z : -z;
    }
    ++n;
    return sum > 0;
  }
};

// The largest weight that was ever there; infinite where a step was not finite.
template <class Stream>
double train(Stream stream, int depth, int batch, int rows, bool bounded) {
  const StreamingNorm norm({.bounded = bounded});
  const Sequential one(Shape{6}, OnlineNorm(for_input), Dense(16), norm, Affine(), Relu(), Dense(2));
  const Sequential two(Shape{6}, OnlineNorm(for_input), Dense(32), norm, Affine(), Relu(), Dense(16), norm, Affine(), Relu(),
                       Dense(2));
  const Sequential& net = depth == 2 ? two : one;
  Weights weights(net, 1);
  Plan plan(net, weights, {.batch = batch, .mode = Mode::train});
  Sgd sgd({.rate = 0.01});
  const SoftmaxCrossEntropy loss;
  std::vector<real> x(6 * static_cast<std::size_t>(batch));
  std::vector<int> labels(static_cast<std::size_t>(batch));
  double largest = 0;
  for (int row = 0; row < rows; row += batch) {
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = stream.next(x.data() + 6 * i);
    loss.evaluate(plan.forward({x.data(), Shape{6}, batch}), labels, plan.output_gradient());
    plan.backward();
    if (!plan.finite()) return HUGE_VAL;
    sgd.step(weights);
    for (const real w : std::as_const(weights).block()) {
      if (!std::isfinite(w)) return HUGE_VAL;
      largest = std::max(largest, std::fabs(static_cast<double>(w)));
    }
  }
  for (const double value : std::as_const(weights).state_block())
    if (!std::isfinite(value)) return HUGE_VAL;
  return largest;
}

}  // namespace

TEST_CASE("streaming_norm in a net on data that change their scale, and with spikes: nothing runs away; as published it does") {
  for (const bool spikes : {false, true})
    for (const int batch : {1, 2, 4, 8, 32}) {
      CAPTURE(spikes);
      CAPTURE(batch);
      const double bounded = train(Jumpy{spikes}, 2, batch, 12000, true), published = train(Jumpy{spikes}, 2, batch, 12000, false);
      CHECK(bounded <= 300);
      if (batch > 1 && (!spikes || batch < 8)) CHECK(published > 300);
      const std::string what = spikes ? "spikes" : "two scales";
      MESSAGE(what, ", batch ", batch, ": largest weight ", bounded, ", as published ", published);
    }
}

TEST_CASE("streaming_norm on made streams: no weight runs away") {
  for (const int batch : {1, 2, 8, 32}) {
    double largest = 0;
    for (std::uint64_t number = 0; number < 12; ++number) {
      CAPTURE(number);
      const double weight = train(MadeStream(number, false), 1 + static_cast<int>(number % 2), batch, 12000, true);
      CHECK(weight <= 300);
      largest = std::max(largest, weight);
    }
    MESSAGE("12 made streams, batch ", batch, ": largest weight ", largest);
  }
}

}  // namespace cambium
