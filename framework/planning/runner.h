// The passes of a plan with every pointer filled in, and how each of them is run.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/base/parallel.h"
#include "cambium/framework/planning/moving_state.h"
#include "cambium/framework/planning/timetable.h"

namespace cambium {

// One pass with its pointers filled in. The spans in `pass` and `back` point into the vectors beside them.
struct Bound {
  const ScheduledPass* scheduled = nullptr;
  std::vector<ConstView> x, back_x;
  std::vector<View> dx, dx_targets;
  std::vector<const real*> params;
  std::vector<real*> gradients;              // null where frozen
  std::vector<real*> strip;                  // where a strip of them is made that is not kept
  std::vector<std::vector<real*>> partials;  // by piece; piece 0 is `gradients`
  std::vector<double*> sums;                 // of piece 0, in double, where a large batch needs it; the next is `sum_stride` on
  std::vector<real*> terms;                  // what is added to them, of each lane
  std::size_t sum_stride = 0;
  std::vector<const double*> state;
  std::vector<double*> next;
  std::vector<void*> keep;
  double *gathered = nullptr, *gathered_back = nullptr;
  bool wants_dx = false;  // and has it not in place already
  Pass pass;
  Back back;
};

// The same for a pass that runs forward once more on the way back.
struct BoundAgain {
  const Bound* of = nullptr;
  std::vector<ConstView> x;
  Pass pass;
};

// A pointer to values of which a lane holds one chunk: set anew for each chunk, so that samples keep their numbers.
struct Local {
  const real** data;
  const real* memory;
  std::size_t values;  // of one sample
};

// A stretch of weights whose gradient is completed, looked at, and used, before the next one is taken up.
struct Stretch {
  int pass;
  int param;  // -1: of all parameters, the share of the outputs from `first` to `last`; the gradient is still to be found
  std::size_t first, last;
};

// Owns the memory of a plan, and runs one stage at a time; plan.cpp decides when the state moves.
class Runner {
 public:
  Runner(const Graph& graph, Weights& weights, PlanOptions options);

  // Points everything that reads this input of the model, itself or reshaped, at the caller's memory.
  void bind_input(int index, const real* data);
  void begin(int batch, std::uint64_t pass_number) noexcept;  // of a forward pass

  void run_forward() noexcept;
  // Adds to the gradients that are there, or overwrites them. With an optimizer each weight moves once its gradient is known and no
  // longer needed as it was. False when a gradient was not finite, or beyond what the optimizer takes: nothing has moved by it, nor
  // by any that came after its stage. False too when a weight or a moment was not finite after it had moved.
  bool run_backward(bool add, Optimizer* optimizer) noexcept;
  bool next_state_finite() const noexcept { return !bad_state(); }
  const Weights::StateTensor* bad_state() const noexcept;  // one whose next values are not finite; null where all are
  void commit() noexcept;                                  // the next state becomes the state

  void* at(int buffer) const {
    return buffer < 0 ? nullptr : arena.data() + timetable.buffers[static_cast<std::size_t>(buffer)].offset;
  }
  Bound& bound_of(int pass, int lane = 0) { return bound[static_cast<std::size_t>(lane)][static_cast<std::size_t>(pass)]; }
  const Bound& bound_of(int pass, int lane = 0) const {
    return bound[static_cast<std::size_t>(lane)][static_cast<std::size_t>(pass)];
  }
  const ScheduledTensor& tensor(int i) const { return timetable.tensors[static_cast<std::size_t>(i)]; }
  View view(int t, int buffer, int rows) const { return {static_cast<real*>(at(buffer)), tensor(t).shape, rows}; }

  Graph graph;
  Weights weights;  // shared with whoever made the plan
  PlanOptions options;
  Isa isa = best_isa();
  Timetable timetable;
  std::shared_ptr<Lanes> lanes;
  Block arena;
  std::vector<std::deque<Bound>> bound;             // by lane, and by pass of the timetable
  std::vector<std::deque<BoundAgain>> bound_again;  // by lane, and by Timetable::again
  std::vector<int> covered, uncovered;              // parameters that this plan finds a gradient of; all others
  MovingState::Place moving;                        // where something moves
  std::vector<const real*> input_data;

 private:
  using Locals = std::vector<std::vector<Local>>;  // of one stage, by lane
  void bind(Bound& bound, int lane);
  void bind_again(BoundAgain& bound, const ScheduledAgain& scheduled, int lane);
  template <class Data>
  void point(Data& data, int buffer, int lane);
  void poison();
  const real* nothing() const { return reinterpret_cast<const real*>(nothing_.data()); }
  bool hides(bool asked) const { return nothing_.bytes() != 0 && !asked; }
  std::vector<Stretch> stretches_of(const Stage& stage) const;
  const Range& range_of(const Bound& b, int param) const {
    return weights.ranges()[static_cast<std::size_t>(b.scheduled->params[static_cast<std::size_t>(param)])];
  }

  bool recurs(const Bound& b) const {
    return b.scheduled->mode != Mode::evaluate && b.scheduled->needs.coupling.per == Coupling::Per::channel;
  }
  void prepare() noexcept;
  std::span<double> gathered(const Stage* before, const Bound& bound, double* all, std::size_t each) const noexcept;
  template <class Recur>
  void recur(const Bound& bound, Recur call) noexcept;
  void run_calls(const Stage& stage, const Locals& locals, bool add) noexcept;
  void forward(const Bound& bound, Rows rows, const Cut& cut) noexcept;
  void make(const Call& call, Rows rows, const Cut& cut, int piece, bool first_chunk, bool add) noexcept;
  void gradient(const Bound& bound, Rows rows, const Cut& cut, int piece, bool first_chunk, bool add) noexcept;
  void complete(const Bound& bound, std::size_t param, std::size_t first, std::size_t count, int pieces, bool add) noexcept;
  void gradient_before(const Bound& bound, bool add) noexcept;
  void finish_all(const Stage& stage, const std::vector<Stretch>& stretches, bool add, Optimizer* optimizer) noexcept;
  void finish(const Stretch& stretch, int pieces, int lane, bool add, Optimizer* optimizer) noexcept;
  bool finish_outer(const Bound& bound, Rows part, Optimizer& optimizer) noexcept;
  void finish_part(Bound& bound, Rows part, bool add, Optimizer* optimizer) noexcept;
  void finish_strip(Bound& bound, Rows part, bool add, bool keep, Optimizer* optimizer) noexcept;
  void deliver(const Bound& bound, Rows rows) noexcept;
  template <class Work>
  void timed(const Bound& bound, const char* phase, int lane, Work&& work) noexcept;

  std::vector<std::vector<Stretch>> stretches_;           // by backward stage
  std::vector<Locals> forward_locals_, backward_locals_;  // by stage
  std::byte *scratch_ = nullptr, *local_ = nullptr, *strips_ = nullptr;
  Block nothing_;  // NaN throughout, where the library poisons what was not asked for; else empty
  std::uint64_t prepared_at_ = 0;  // Weights::changes when the layers last prepared
  std::atomic<bool> finite_{true};
  real largest_gradient_ = 0;  // that may move a weight in this pass
};

}  // namespace cambium
