// A few training steps on made-up data, for tests that compare ways of running them.
#pragma once

#include <cstdint>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/planning/plan.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/optimizers/sgd.h"

namespace cambium {

// Normal values of order 1 and labels, for every input of a graph.
struct MadeBatch {
  std::vector<std::vector<real>> values;
  std::vector<ConstView> inputs;
  std::vector<int> labels;

  MadeBatch(const Graph& graph, int batch, std::uint64_t seed) {
    const int classes = graph.entries()[static_cast<std::size_t>(graph.outputs()[0])].shape.size();
    for (int i : graph.inputs()) {
      const Shape& shape = graph.entries()[static_cast<std::size_t>(i)].shape;
      const Random random = Random(seed).of(static_cast<std::uint64_t>(i));
      std::vector<real> x(static_cast<std::size_t>(batch) * static_cast<std::size_t>(shape.size()));
      for (std::size_t k = 0; k < x.size(); ++k) x[k] = static_cast<real>(static_cast<float>(random.normal(k)));
      values.push_back(std::move(x));
      inputs.push_back({nullptr, shape, batch});
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i].data = values[i].data();
    for (int s = 0; s < batch; ++s)
      labels.push_back(
          static_cast<int>(Random(seed).of(99).below(static_cast<std::uint64_t>(s), static_cast<std::uint64_t>(classes))));
  }
  MadeBatch(const MadeBatch&) = delete;
  MadeBatch& operator=(const MadeBatch&) = delete;
};

struct TrainedWeights {
  std::vector<real> values;
  std::vector<double> state;
  double loss = 0;

  bool operator==(const TrainedWeights&) const = default;
  std::uint64_t hash() const {  // FNV-1a over the bytes
    std::uint64_t h = 0xcbf29ce484222325ULL;
    const auto take = [&](const void* data, std::size_t bytes) {
      for (std::size_t i = 0; i < bytes; ++i) h = (h ^ static_cast<const unsigned char*>(data)[i]) * 0x100000001b3ULL;
    };
    take(values.data(), values.size() * sizeof(real));
    take(state.data(), state.size() * sizeof(double));
    return h;
  }
};

// Where the optimizer runs: after the backward pass, or in it.
enum class StepIs { separate, inside_backward };

// `steps` steps on batches of one seed; every third one is short, as the last of an epoch is.
inline TrainedWeights train_a_little(const Graph& graph, Optimizer&& optimizer, PlanOptions options, int steps, StepIs where,
                                     std::uint64_t seed = 5) {
  options.mode = Mode::train;
  Weights weights(graph, seed);
  Plan plan(graph, weights, options);
  SoftmaxCrossEntropy loss;
  TrainedWeights result;
  for (int step = 0; step < steps; ++step) {
    const int batch = step % 3 == 2 && options.batch > 3 ? options.batch / 2 + 1 : options.batch;
    const MadeBatch data(graph, batch, seed + static_cast<std::uint64_t>(step));
    const ConstView y = plan.forward(data.inputs);
    View dy = plan.output_gradient();
    const Shape flat(y.shape.size());
    result.loss = loss.evaluate({y.data, flat, y.batch}, data.labels, {dy.data, flat, dy.batch});
    if (where == StepIs::inside_backward)
      plan.backward(&optimizer);
    else
      plan.backward(), optimizer.step(weights);
  }
  result.values.assign(weights.block().begin(), weights.block().end());
  result.state.assign(weights.state_block().begin(), weights.state_block().end());
  return result;
}

}  // namespace cambium
