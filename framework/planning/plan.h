// A graph made ready to run: every buffer placed, every pass bound; how work is cut follows from layers and batch.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/graph/graph.h"
#include "cambium/framework/graph/optimizer.h"
#include "cambium/framework/graph/weights.h"
#include "cambium/framework/planning/plan_options.h"

namespace cambium {

// One thread at a time may use a plan, and none may read weights while one moves them: checked, an Error. Predictor is for that.
// Keeps a copy of the graph and shares the weights: neither object must outlive the plan. A plan that was moved from throws.
// Several plans may share Weights, and their passes may lie between each other's: forward, forward, backward, backward counts the
// samples of both, as if their forward passes had come one step after the other (planning/moving_state.h). A pass on which another
// plan's forward pass has built counts with that one, even if its own backward pass never comes.
// All memory is taken by the constructor, that of an optimizer's moments by the first backward that is handed it. forward and
// backward neither allocate, lock (but inside OpenBLAS) nor print; they throw before anything has moved, when they are called
// wrongly, and not otherwise.
class Plan {
 public:
  // Errors: whatever a layer cannot do in this mode or batch; unknown names; a start that the stop does not depend on.
  Plan(const Graph& graph, Weights& weights, PlanOptions options);
  Plan(const Graph& graph, Weights&& weights, PlanOptions options) : Plan(graph, weights, std::move(options)) {}
  ~Plan();
  Plan(const Plan&) = delete;  // one more on the same weights: Plan(graph, weights, options)
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;

  // The outputs for these inputs, one view per input of the model, in order. The inputs must stay until backward is done. In train
  // mode the layers' state moves when the backward pass ends well, in adapt mode at once.
  ConstView forward(const ConstView& x) & { return forward(std::span(&x, 1)); }
  ConstView forward(std::span<const ConstView> x) &;
  ConstView forward(const ConstView& x) && = delete;            // the outputs lie in the plan: give it a name
  ConstView forward(std::span<const ConstView> x) && = delete;  // the outputs lie in the plan: give it a name

  // From the output gradients, which the caller has written, to the gradients of all weights: overwritten the first time after a
  // step, added to after that. With an optimizer, a step is taken on the way: each weight moves as soon as its gradient is done and
  // nothing else needs the old value; the bits are those of backward() and optimizer.step(). Gradients that are used up on the way
  // are not kept, unless the plan was made with .retain_gradients: that saves a trip through memory. Weights::gradient then throws.
  // A step moves the parameters that backward passes have led to since the gradients were last used up. All others stay, and so do
  // their moments: those behind a .stop or before a .start, and those of layers that this plan has no use for.
  void backward(Optimizer* optimizer = nullptr);
  void forget();  // no backward pass comes for the last forward pass: the state goes on as if that had not been, in all plans

  // False when the last backward pass met a gradient, of an output or of a weight, that is not finite or larger than the
  // optimizer can use (Optimizer::largest_gradient), or would have made the state not finite. Then no state has moved, and with an
  // optimizer no weight by such a gradient; others may have. The gradients then count as used. False too when a step left a weight
  // or a moment of the optimizer that is not finite: that one has moved, and only weights from before the step bring it back.
  // In adapt mode: false when an input would have made the state not finite; then it has not moved.
  bool finite() const;
  std::string bad_state() const;  // a state tensor that the last passes would have made not finite; empty where there is none

  int outputs() const;
  ConstView output(int i = 0) const;
  View output_gradient(int i = 0);
  ConstView input_gradient(int i = 0) const;  // needs .input_gradient

  // Tensors of an observed layer, as the last passes left them. Another name throws, and names the option.
  ConstView input_of(const std::string& layer, int input = 0) const;
  ConstView output_of(const std::string& layer) const;
  ConstView output_gradient_of(const std::string& layer) const;
  ConstView input_gradient_of(const std::string& layer, int input = 0) const;

  // Forward passes so far: dropout draws from (seed, layer, this number). Set it to repeat a pass or to resume.
  std::uint64_t pass_number() const;
  void set_pass_number(std::uint64_t number);
  int batch() const;
  Mode mode() const;
  static std::size_t bytes_needed(const Graph& graph, const Weights& weights, const PlanOptions& options);  // bytes(), before
  std::size_t bytes() const;    // of the arena: activations, gradients of activations, scratch
  std::string summary() const;  // the ops in order: summary.h

 private:
  struct Impl;
  Impl& impl() const;  // throws when the plan was moved away
  std::unique_ptr<Impl> impl_;
};

}  // namespace cambium
