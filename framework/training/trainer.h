// The training loop, with what belongs to it: validation, callbacks, early stopping, accumulation, history.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/optimizer.h"
#include "cambium/framework/data/augment.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/graph/graph.h"
#include "cambium/framework/graph/plan.h"
#include "cambium/framework/graph/weights.h"
#include "cambium/framework/training/history.h"
#include "cambium/framework/training/loss.h"
#include "cambium/framework/training/metrics.h"
#include "cambium/framework/training/predictor.h"

namespace cambium {

struct TrainerOptions {
  int batch = 64;
  std::uint64_t seed = 1;  // of the initial weights, the order of samples, dropout and augmentation
  int threads = 0;         // 0: one for each available processor, or as many as can be had; changes no bit
  int accumulate = 1;      // batches whose gradients make one step
  bool drop_last = false;  // leave out a last short batch
};

// One loss per output of the model: `Losses(SoftmaxCrossEntropy(), SquaredError())`, or just the one.
class Losses {
 public:
  template <class... L>
  requires(sizeof...(L) > 0 && (std::derived_from<std::remove_cvref_t<L>, Loss> && ...)) Losses(L&&... losses)
      : all_{std::make_shared<const std::remove_cvref_t<L>>(std::forward<L>(losses))...} {}
  Losses(std::vector<std::shared_ptr<const Loss>> losses);  // throws Error where one is null

  std::size_t size() const { return all_.size(); }
  const Loss& operator[](std::size_t i) const { return *all_[i]; }

 private:
  std::vector<std::shared_ptr<const Loss>> all_;
};

struct FitOptions {
  int epochs = 1;
  const Dataset* validate = nullptr;  // evaluated after every epoch
  int patience = 0;           // stop after so many epochs without a better validation loss (0: never), best weights restored
  bool restore_best = false;  // also without stopping early; needs `validate`
  int schedule_epochs = 0;        // how many epochs the schedule spans, from its first step; 0: those of the call in which it began
  bool restart_schedule = false;  // it begins again with this call
  Augments augment{};         // on the training samples
  bool retain_gradients = false;  // for on_step to read Weights::gradient, which else throws; costs a trip through memory
  std::function<void(StepReport&)> on_step{};    // after every step; may set report.stop
  std::function<void(EpochReport&)> on_epoch{};  // after every epoch and its validation; may set report.stop
  // Told once of each thing that deserves a look, as when the training diverges: an Error that is not thrown. Left out: a line on
  // standard error. History has the texts.
  std::function<void(const Error&)> on_warning{};
};

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
      : Trainer(std::move(graph), std::move(losses),
                std::unique_ptr<Optimizer>(std::make_unique<std::remove_cvref_t<O>>(std::forward<O>(optimizer))), options) {}
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

  // Evaluation mode; nothing moves.
  Metrics evaluate(const Dataset& data);
  // The first output for each sample, (count, output size), one after the other. A view for each input of the model, in order:
  // predict(x), predict({first, second}).
  std::vector<real> predict(const ConstView& x) { return predict(std::span(&x, 1)); }
  std::vector<real> predict(std::initializer_list<ConstView> inputs) { return predict(std::span(inputs.begin(), inputs.size())); }
  std::vector<real> predict(std::span<const ConstView> inputs);
  // The class that the first output names, for each sample, as its loss says: that of the largest value, -1 where one is NaN. Error
  // where the output is a single value, unless the loss says which class it stands for (Loss::label).
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
  void set_optimizer(O&& optimizer) {
    set_optimizer(std::unique_ptr<Optimizer>(std::make_unique<std::remove_cvref_t<O>>(std::forward<O>(optimizer))));
  }
  void set_optimizer(std::unique_ptr<Optimizer> optimizer);
  std::string summary() const;

 private:
  struct Impl;
  class Fit;
  Impl& impl() const;  // throws when the trainer was moved away
  std::shared_ptr<Impl> impl_;  // fit keeps it too: a callback may move this trainer, or put another one in its place
};

}  // namespace cambium
