// The contract under load: what later work stands on, on a convolutional net and on a residual graph, through the public parts.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "cambium/cambium.h"
#include "tests/support/training.h"

using namespace cambium;

namespace {

Sequential small_conv() {
  return Sequential(Shape{2, 11, 9}, BatchNorm(for_input), Conv2d(6, {.kernel = 3, .pad = 1, .bias = false}), BatchNorm(), Affine(),
                    Relu(), MaxPool2d(2), Conv2d(8, {.kernel = 3, .pad = 1, .bias = false}), OnlineNorm(), Affine(), Relu(),
                    Flatten(), Dropout(0.25), Dense(12), BatchNorm(), Relu(), Dense(5));
}

Node small_block(Graph& g, Node x, int channels) {
  const Node y = g.then(x, Conv2d(channels, {.pad = 1, .bias = false}), BatchNorm(), Affine(), Relu(),
                        Conv2d(channels, {.pad = 1, .bias = false}), BatchNorm(), Affine());
  return g.then(g.join(Add(), {x, y}), Relu());
}

Graph small_residual() {
  Graph g(Shape{1, 10, 10});
  Node x = g.then(Node{0}, Conv2d(6, {.pad = 1}), BatchNorm(), Affine(), Relu());
  x = small_block(g, x, 6);
  x = small_block(g, x, 6);
  g.then(x, GlobalAvgPool(), Dense(5));
  return g;
}

// The largest difference, relative to the largest value.
template <class T>
double apart(const std::vector<T>& a, const std::vector<T>& b) {
  double difference = 0, size = 1e-30;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = std::max(difference, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    size = std::max(size, std::abs(static_cast<double>(a[i])));
  }
  return difference / size;
}

constexpr double fused_tolerance = sizeof(real) == 4 ? 1e-6 : 1e-13;

}  // namespace

TEST_CASE("threads: one step cut over threads has the bits of one thread") {
  for (const Graph& graph : {static_cast<Graph>(small_conv()), small_residual()}) {
    const auto run = [&](int threads) {
      return train_a_little(graph, Sgd({.rate = 0.05, .momentum = 0.9}), {.batch = 33, .threads = threads}, 7,
                            StepIs::inside_backward);
    };
    const TrainedWeights one = run(1);
    CHECK(std::isfinite(one.loss));
    for (int threads : {2, 3, 8}) CHECK(run(threads) == one);
  }
}

TEST_CASE("threads: an optimizer that runs inside backward has the bits of one that runs after it") {
  for (const Graph& graph : {static_cast<Graph>(small_conv()), small_residual()})
    for (int threads : {1, 2}) {
      const PlanOptions options{.batch = 16, .threads = threads};
      const auto run = [&](auto make, StepIs where) { return train_a_little(graph, make(), options, 6, where); };
      const auto sgd = [] { return Sgd({.rate = 0.05, .momentum = 0.9, .nesterov = true, .weight_decay = 1e-3}); };
      const auto adam = [] { return Adam({.rate = 0.01}); };
      const auto clipped = [] { return AdamW({.rate = 0.01, .clip_norm = 0.5}); };
      CHECK(run(sgd, StepIs::inside_backward) == run(sgd, StepIs::separate));
      CHECK(run(adam, StepIs::inside_backward) == run(adam, StepIs::separate));
      CHECK(run(clipped, StepIs::inside_backward) == run(clipped, StepIs::separate));
    }
}

TEST_CASE("normalization, affine and relu fused into one pass equal the three of them") {
  for (const Graph& graph : {static_cast<Graph>(small_conv()), small_residual()})
    for (int batch : {2, 7, 32}) {
      Weights weights(graph, 3);
      // Away from gamma 1 and beta 0, and some gammas negative.
      for (std::size_t i = 0; i < weights.tensors().size(); ++i)
        if (weights.tensors()[i].name.find("affine") == 0)
          for (std::size_t k = 0; k < weights.ranges()[i].size; ++k)
            weights.ranges()[i].weight[k] += static_cast<real>(1.5 * Random(8).of(i).normal(k));
      const MadeBatch data(graph, batch, 17);
      SoftmaxCrossEntropy loss;
      const auto run = [&](bool fuse) {
        Plan plan(graph, weights, {.batch = batch, .mode = Mode::train, .input_gradient = true, .fuse = fuse});
        const ConstView y = plan.forward(data.inputs);
        loss.evaluate(y, data.labels, plan.output_gradient());
        std::vector<real> values(y.begin(), y.end());
        weights.mark_gradients_used();
        const Weights::Snapshot before = weights.snapshot();
        plan.backward();
        const Weights::Snapshot after = weights.snapshot();
        weights.restore(before);
        const ConstView dx = plan.input_gradient();
        return std::tuple(values, std::vector<real>(dx.begin(), dx.end()),
                          std::vector<real>(weights.gradient_block().begin(), weights.gradient_block().end()), after.state);
      };
      const auto [y1, dx1, dw1, state1] = run(true);
      const auto [y0, dx0, dw0, state0] = run(false);
      CHECK(apart(y1, y0) <= fused_tolerance);
      CHECK(apart(dx1, dx0) <= fused_tolerance * 10);  // through the whole depth of the net
      CHECK(apart(dw1, dw0) <= fused_tolerance * 10);
      CHECK(apart(state1, state0) <= fused_tolerance * 10);
    }
}

TEST_CASE("one fused pass alone equals the plain one at the tolerance of a single layer, also at a large offset") {
  for (double offset : {0.0, 300.0, 1e6})
    for (const Sequential& net :
         {Sequential(Shape{3, 7, 5}, BatchNorm(), Affine(), Relu()), Sequential(Shape{3, 7, 5}, OnlineNorm(), Affine(), Relu()),
          Sequential(Shape{13}, BatchNorm(), Affine(), Relu()), Sequential(Shape{13}, OnlineNorm(), Relu())}) {
      Weights weights(net, 3);
      MadeBatch data(net, 37, 17);
      for (real& x : data.values[0]) x += static_cast<real>(offset);
      const auto run = [&](bool fuse) {
        Plan plan(net, weights, {.batch = 37, .mode = Mode::train, .input_gradient = true, .fuse = fuse});
        const ConstView y = plan.forward(data.inputs);
        std::vector<real> values(y.begin(), y.end());
        View dy = plan.output_gradient();
        for (std::size_t i = 0; i < dy.size(); ++i) dy.data[i] = static_cast<real>(Random(4).normal(i));
        weights.mark_gradients_used();
        const Weights::Snapshot before = weights.snapshot();
        plan.backward();
        weights.restore(before);
        const ConstView dx = plan.input_gradient();
        values.insert(values.end(), dx.begin(), dx.end());
        const auto dw = weights.gradient_block();
        values.insert(values.end(), dw.begin(), dw.end());
        return values;
      };
      CHECK(apart(run(true), run(false)) <= fused_tolerance);
    }
}
