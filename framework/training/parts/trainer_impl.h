// The inside of a trainer, for the files that implement it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cambium/framework/base/in_use.h"
#include "cambium/framework/data/stream.h"
#include "cambium/framework/training/parts/clock.h"
#include "cambium/framework/training/parts/watch.h"
#include "cambium/framework/training/trainer.h"

namespace cambium {

// Throws where the options contradict themselves.
void check_fit_options(const FitOptions& options);

struct Trainer::Impl {
  Impl(Graph g, Losses l, std::unique_ptr<Optimizer> o, TrainerOptions t);

  const Shape& output_shape(int i) const { return graph.entries()[as_size(graph.outputs()[as_size(i)])].shape; }
  std::size_t targets() const;  // that a sample has: one for each output with a loss
  void check_data(const Dataset& data, const std::string& who, bool mixes = false) const;  // its samples with one another
  void check_inputs(const std::vector<Shape>& shapes, const std::string& who) const;
  void check_idle(const char* call) const;  // throws inside fit
  // The schedule spans what was said first, and goes on where it is. A warning where it ends before this fit does.
  std::optional<Error> plan_schedule(const FitOptions& fit, long steps_of_epoch);
  std::optional<Error> schedule_fault(long last) const;  // where the training ends with this step of the optimizer
  MemoryNeed memory_needed(const Dataset& train, const FitOptions& fit, int batch);  // all of them checked before
  void check_memory(const Dataset& train, const FitOptions& fit);                    // throws where there is not enough
  // Enough samples for long matrix products, few enough that their activations stay near the processor.
  static constexpr int evaluation_batch = 128;
  PlanOptions evaluation() const { return {.batch = evaluation_batch, .mode = Mode::evaluate, .pool = pool}; }
  static StreamOptions in_order(const Dataset& data) {
    return {.batch = static_cast<int>(std::min<std::int64_t>(evaluation_batch, data.size())), .shuffle = false};
  }
  Plan& evaluator();
  Metrics evaluate(const Dataset& data);
  // The loss of what the plan computed last, each output's beside it, and with `gradient` its gradients.
  // Throws Error, naming the row of the set, when a target does not fit.
  double loss_of(Plan& plan, const Batch& batch, const Dataset& data, double scale, bool gradient, double* each) const;
  void check_names_classes() const;  // throws where predict_labels would make something up
  // For the length of a call that uses anything in here.
  InUse::Hold hold() {
    return {in_use, "this trainer", "trainer.predictor(), which any thread may ask while the training goes on"};
  }

  InUse in_use;
  Graph graph;
  Losses losses;
  std::unique_ptr<Optimizer> optimizer;
  TrainerOptions options;
  std::shared_ptr<ThreadPool> pool;
  TrainerWeights weights;
  std::unique_ptr<Plan> evaluating;  // made when it is first needed
  bool fitting = false;              // a call of fit is under way
  int calls = 0;                     // of fit, begun so far
  int epochs = 0;                    // likewise
  long steps = 0;
  std::uint64_t passes = 0;    // forward passes in training
  long schedule_from = 0;      // the optimizer's step at which its schedule began
  std::optional<Watch> watch;  // from the first fit on
};

}  // namespace cambium
