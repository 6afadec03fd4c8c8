// The training loop, with what belongs to it: validation, callbacks, early stopping, accumulation, history.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/graph/graph.h"
#include "cambium/framework/graph/optimizer.h"
#include "cambium/framework/graph/weights.h"
#include "cambium/framework/planning/plan.h"
#include "cambium/framework/training/fit_options.h"
#include "cambium/framework/training/losses.h"
#include "cambium/framework/training/memory_need.h"
#include "cambium/framework/training/metrics.h"
#include "cambium/framework/training/predictor.h"

namespace cambium {

// Weights that stay their trainer's: whatever Weights can do, but for being exchanged.
class TrainerWeights : public Weights {
 public:
  TrainerWeights(const Graph& graph, std::uint64_t seed) : Weights(graph, seed) { owned_ = true; }
  TrainerWeights& operator=(Weights&&) = delete;         // plans stand on these: trainer.restart(seed), restore(), load_weights()
  TrainerWeights& operator=(TrainerWeights&&) = delete;  // plans stand on these: trainer.restart(seed), restore(), load_weights()
};

// Owns the model, its weights, plans, losses and optimizer. Everything is checked before the first step: shapes against the data,
// labels against the loss, batch sizes against the layers, the last short batch among them. One thread at a time may use it, from
// callbacks too; others are refused with an Error, and ask a predictor instead.
class Trainer {
 public:
  template <class O>
  requires std::derived_from<std::remove_cvref_t<O>, Optimizer> Trainer(Graph graph, Losses losses, O&& optimizer,
                                                                        TrainerOptions options = {})
      : Trainer(std::move(graph), std::move(losses), moved(std::forward<O>(optimizer)), options) {}
  Trainer(Graph graph, Losses losses, std::unique_ptr<Optimizer> optimizer, TrainerOptions options = {});
  ~Trainer();
  Trainer(const Trainer&) = delete;  // another one: Trainer(graph, losses, optimizer, options)
  Trainer(Trainer&&) noexcept;
  Trainer& operator=(Trainer&&) noexcept;

  // Trains for so many more epochs; a second call goes on where the first one ended, schedule included. One that has ended stays at
  // its end, and a warning says so: fit(3) twice is fit(6) only if the first call says .schedule_epochs = 6.
  //
  // When a loss or gradient is not finite, throws an Error that names the step, and the row of the data set where that is to blame.
  // With `validate` the weights are then those of the best epoch so far. Without, they are as they were before the step where the
  // loss was not finite; where a gradient was not, layers between it and the output may have moved once more, because each weight
  // moves as soon as its gradient is done. The message says which.
  //
  // Divergence is told while numbers are still finite: when weights grow a thousandfold beyond the scale of the start without the
  // loss falling, or the loss stays above its start. The message names what has grown most (parts/watch.h has the rule).
  History fit(const Dataset& train, FitOptions options = {});

  // What `fit` with these would take at its most, by reckoning: none of it is taken. `fit` asks itself first, and throws an Error
  // with the figures where that is more than options.memory_limit, or than the system can give this process.
  MemoryNeed memory_needed(const Dataset& train, const FitOptions& options = {});

  // Evaluation mode; nothing moves.
  Metrics evaluate(const Dataset& data);
  // The first output for each sample, (count, output size), one after the other. A view for each input of the model, in order:
  // predict(x), predict({first, second}).
  std::vector<real> predict(const ConstView& x) { return predict(std::span(&x, 1)); }
  std::vector<real> predict(std::initializer_list<ConstView> inputs) { return predict(std::span(inputs.begin(), inputs.size())); }
  std::vector<real> predict(std::span<const ConstView> inputs);
  // The same of every output of the model, in the order of graph().output_names().
  std::vector<std::vector<real>> predict_all(std::span<const ConstView> inputs);
  std::vector<std::vector<real>> predict_all(std::initializer_list<ConstView> inputs) {
    return predict_all(std::span(inputs.begin(), inputs.size()));
  }
  // The class that the first output names, for each sample, as its loss says: that of the largest value, -1 where one is NaN; one
  // for each position where labels are. Error where the output is a single value, unless the loss says which class it stands for
  // (Loss::label).
  std::vector<int> predict_labels(const ConstView& x);
  std::vector<int> predict_labels(const Dataset& data);
  // Predicts with the weights of this moment, in any number of threads, whatever becomes of the trainer.
  Predictor predictor(const PredictorOptions& options = {});

  const Graph& graph() const&;
  TrainerWeights& weights() &;
  Optimizer& optimizer() &;
  const Graph& graph() && = delete;       // it would go with the trainer: give that a name
  TrainerWeights& weights() && = delete;  // they would go with the trainer: give that a name
  Optimizer& optimizer() && = delete;     // it would go with the trainer: give that a name

  // Begins again, as a new trainer with this seed would: initial weights and state, no steps taken, moments 0. Settings of layers
  // stay, and so do plans on these weights.
  void restart(std::uint64_t seed);
  // Goes on with another optimizer, whose steps count from 0. One that has moved other weights is an Error.
  template <class O>
  requires std::derived_from<std::remove_cvref_t<O>, Optimizer>
  void set_optimizer(O&& optimizer) { set_optimizer(moved(std::forward<O>(optimizer))); }
  void set_optimizer(std::unique_ptr<Optimizer> optimizer);
  std::string summary() const;

 private:
  struct Impl;
  class Fit;
  template <class O>
  static std::unique_ptr<Optimizer> moved(O&& optimizer) {
    std::unique_ptr<Optimizer> made;
    auto make = [&] { made = std::make_unique<std::remove_cvref_t<O>>(std::forward<O>(optimizer)); };
    run_or_no_memory_for(
        "an optimizer", [](void* it) { (*static_cast<decltype(make)*>(it))(); }, &make);
    return made;
  }
  Impl& impl() const;           // throws when the trainer was moved away
  std::shared_ptr<Impl> impl_;  // fit keeps it too: a callback may move this trainer, or put another one in its place
};

}  // namespace cambium
