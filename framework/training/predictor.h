// Predictions, from as many threads as like to ask, while the model is trained on.
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "cambium/framework/graph/graph.h"
#include "cambium/framework/graph/weights.h"

namespace cambium {

struct PredictorOptions {
  int batch = 128;    // samples that go through the model at a time
  int threads = 1;    // of each call that is under way; 0: one for each available processor; changes no bit
  bool fold = false;  // see PlanOptions
};

// Predicts with a copy of the weights, as they were when it was made or last updated. Every call here may come from any thread, at
// any time: each has a plan of its own, and weights, which are kept for the next. A copy of a predictor is the same predictor.
//
//     const Predictor live = trainer.predictor();                                                    ask it from any thread
//     trainer.fit(train, {.on_epoch = [&](EpochReport&) { live.update(trainer.weights()); }});       while this thread trains
class Predictor {
 public:
  // `weights` must not move meanwhile: between steps, as in a callback of `fit`, or in a thread that trains by hand.
  Predictor(const Graph& graph, const Weights& weights, const PredictorOptions& options = {});
  Predictor(const Predictor&) = default;  // moving copies too
  Predictor& operator=(const Predictor&) = default;

  // What calls that begin from now on predict with. The same goes for `weights`.
  void update(const Weights& weights) const;

  // The first output for each sample, (count, output size), one after the other. One view for each input of the model, in order:
  // predict(x), predict({first, second}).
  std::vector<real> predict(const ConstView& x) const { return predict(std::span(&x, 1)); }
  std::vector<real> predict(std::initializer_list<ConstView> inputs) const {
    return predict(std::span(inputs.begin(), inputs.size()));
  }
  std::vector<real> predict(std::span<const ConstView> inputs) const;
  // The same of every output of the model, in the order of Graph::output_names.
  std::vector<std::vector<real>> predict_all(std::span<const ConstView> inputs) const;
  std::vector<std::vector<real>> predict_all(std::initializer_list<ConstView> inputs) const {
    return predict_all(std::span(inputs.begin(), inputs.size()));
  }
  // The class with the largest value of the first output, for each sample, of equal ones the first; -1 where one is NaN. An output
  // of (classes, ...) names one for each position, as beside SoftmaxCrossEntropy.
  std::vector<int> predict_labels(const ConstView& x) const { return predict_labels(std::span(&x, 1)); }
  std::vector<int> predict_labels(std::initializer_list<ConstView> inputs) const {
    return predict_labels(std::span(inputs.begin(), inputs.size()));
  }
  std::vector<int> predict_labels(std::span<const ConstView> inputs) const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cambium
