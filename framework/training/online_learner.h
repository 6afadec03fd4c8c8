// Learning from a live stream: each row is predicted, and then learnt.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "cambium/framework/data/batch.h"
#include "cambium/framework/graph/graph.h"
#include "cambium/framework/graph/optimizer.h"
#include "cambium/framework/graph/weights.h"
#include "cambium/framework/training/loss.h"
#include "cambium/framework/training/prequential.h"

namespace cambium {

class StateDict;

struct OnlineLearnerOptions {
  std::uint64_t seed = 1;  // of the initial weights
  int window = 1000;       // rows of metrics().window()
  int later = 0;           // of so many last rows the target may still come: `ask` and `tell`
  // Other voices beside the model's, each believed by what it has lost lately, over about 1 / (1 - memory) rows (parts/voices.h).
  double average = 0;        // weights that follow with this decay predict too, 0.999: steady where the model is restless; 0: none
  bool last_target = false;  // what the last known target says of the next; of values, also the model's last error
  double memory = 0.99;
};

// Learns from a stream with one output, row by row, whatever the layers are that can be trained on a batch of one. Others, as batch
// norm, may hold what they have learnt elsewhere: With({.freeze = true}, BatchNorm()).
//
//     OnlineLearner learner(net, SoftmaxCrossEntropy(), Sgd({.rate = 0.02}));
//     for (each row) std::span<const real> y = learner.learn(x, label);    // what was predicted before the label was looked at
//
// and where targets come later, by a key that the caller chooses, in any order, or never:
//
//     y = learner.ask(key, x);  ...  learner.tell(key, label);             // false: that row is not waiting, or no longer
//
// A prediction is the output of the model in its training pass, normalized by the rows that were learnt before; with other voices
// the logarithms of their probabilities, or their values. Without other voices, learn is plan.forward, loss.evaluate and
// plan.backward(&optimizer), bit for bit. A view of several rows is learnt row by row, so it gives the bits of as many calls.
// Nothing allocates after the first call of each kind.
//
// Norms at the input, before anything with parameters, follow a row when it comes, and not when its target does: ask runs them in
// adapt mode and keeps what they made of the row, and tell learns that with the layers behind them (plans with .stop and .start,
// bit for bit). So the input is normalized by the rows up to now, however late targets are. Of other models the row itself is kept,
// and tell is the loop on it.
//
// Errors, before anything moves: options, losses and layers that do not fit, a dropout layer (it would be in the predictions), an
// input that is not finite, a target that the loss refuses. A step that is not finite is left out and counted; weights that are no
// longer finite are an Error. One thread at a time; in others, ask a Predictor (predictor.h) made of graph() and weights().
class OnlineLearner {
 public:
  template <class L, class O>
  requires(std::derived_from<std::remove_cvref_t<L>, Loss>&& std::derived_from<std::remove_cvref_t<O>, Optimizer>)
      OnlineLearner(Graph graph, L&& loss, O&& optimizer, OnlineLearnerOptions options = {})
      : OnlineLearner(std::move(graph), std::make_shared<const std::remove_cvref_t<L>>(std::forward<L>(loss)),
                      std::make_unique<std::remove_cvref_t<O>>(std::forward<O>(optimizer)), options) {}
  OnlineLearner(Graph graph, std::shared_ptr<const Loss> loss, std::unique_ptr<Optimizer> optimizer, OnlineLearnerOptions options);
  ~OnlineLearner();
  OnlineLearner(OnlineLearner&&) noexcept;
  OnlineLearner& operator=(OnlineLearner&&) noexcept;

  // Predictions for each row, one after the other; good until the next call.
  std::span<const real> learn(const ConstView& x, const Target& target);
  std::span<const real> predict(const ConstView& x);                // nothing moves
  std::span<const real> adapt(const ConstView& x);                  // statistics follow the row, weights stay
  std::span<const real> ask(std::int64_t key, const ConstView& x);  // one row; a key that waits already is dropped, and counted
  bool tell(std::int64_t key, const Target& target);                // learns it

  const Prequential& metrics() const;
  std::int64_t learnt() const;          // rows
  std::int64_t waiting() const;         // rows without their target
  std::int64_t dropped() const;         // rows whose target did not come in time
  std::int64_t steps_left_out() const;  // since something in them was not finite
  double last_loss() const;             // of the row that was learnt last

  // Goes on with a model that differs in having more classes at its output, as when a class is seen for the first time. It begins
  // improbable: its weights are 0, its bias is -4. Only for optimizers without moments.
  void grow(Graph graph, std::unique_ptr<Optimizer> optimizer);

  const Graph& graph() const;
  int outputs() const;  // values of a prediction
  Weights& weights();
  Optimizer& optimizer();
  void state_dict(StateDict& dict);  // all but the weights

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cambium
