// The passes of a plan with every pointer filled in, and how each of them is run.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/base/parallel.h"
#include "cambium/framework/planning/timetable.h"

namespace cambium {

// One pass with its pointers filled in. The spans in `pass` and `back` point into the vectors beside them.
struct Bound {
  const ScheduledPass* scheduled = nullptr;
  std::vector<ConstView> x;
  std::vector<View> dx, dx_targets;
  std::vector<const real*> params;
  std::vector<real*> gradients;              // null where frozen
  std::vector<std::vector<real*>> partials;  // by piece; piece 0 is `gradients`
  std::vector<const double*> state;
  std::vector<double*> next;
  std::vector<void*> keep;
  double *gathered = nullptr, *gathered_back = nullptr;
  std::uint64_t folded_at = 0;               // Weights::changes when a folded pass last settled
  Pass pass;
  Back back;
};

// Owns the memory of a plan, and runs one pass at a time; plan.cpp decides which, and when the state moves.
class Runner {
 public:
  Runner(const Graph& graph, Weights& weights, PlanOptions options);

  // Points everything that reads this input of the model, itself or reshaped, at the caller's memory.
  void bind_input(int index, const real* data);
  void set_batch(int batch) noexcept;

  void run_forward(Bound& bound) noexcept;
  // gather_back and settle_back, gradient, backward, in this order.
  void run_backward(Bound& bound, bool add) noexcept;
  bool gradients_finite(const Bound& bound) const noexcept;
  void update(const Bound& bound, Optimizer& optimizer) noexcept;
  bool next_state_finite() const noexcept;
  void commit() noexcept;  // the next state becomes the state

  void* at(int buffer) const {
    return buffer < 0 ? nullptr : arena.data() + timetable.buffers[static_cast<std::size_t>(buffer)].offset;
  }
  const ScheduledTensor& tensor(int i) const { return timetable.tensors[static_cast<std::size_t>(i)]; }
  View view(int t, int buffer, int rows) const { return {static_cast<real*>(at(buffer)), tensor(t).shape, rows}; }

  Graph graph;
  Weights& weights;
  PlanOptions options;
  Isa isa = best_isa();
  Timetable timetable;
  std::shared_ptr<Lanes> lanes;
  Block arena;
  std::deque<Bound> bound;     // one for each pass of the timetable
  std::vector<int> uncovered;  // parameters of layers that have no part in this plan
  std::vector<const real*> input_data;

 private:
  void bind(Bound& bound);
  void run_gradient(Bound& bound, bool add) noexcept;
  void deliver(Bound& bound) noexcept;
  template <class Frame, class Gather>
  std::span<double> gather(const Bound& bound, const Frame& frame, double* all, std::size_t each, Gather call) noexcept;

  std::byte* scratch_ = nullptr;
};

}  // namespace cambium
