// Runs the stages of a plan.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/graph/graph.h"
#include "cambium/framework/planning/moving_state.h"
#include "cambium/framework/planning/weight_update.h"

namespace cambium {

// Owns the memory of a plan, and runs one stage at a time; plan.cpp decides when the state moves.
class Runner {
 public:
  Runner(const Graph& graph, Weights& weights, PlanOptions options);

  // Points everything that reads this input of the model, itself or reshaped, at the caller's memory.
  void bind_input(int index, const real* data) noexcept;
  void begin(int batch, std::uint64_t pass_number) noexcept;  // of a forward pass

  void run_forward() noexcept;
  // Adds to the gradients that are there, or overwrites them. With an optimizer each weight moves once its gradient is known and no
  // longer needed as it was. False when a gradient was not finite, or beyond what the optimizer takes: nothing has moved by it, nor
  // by any that came after its stage. False too when a weight or a moment was not finite after it had moved.
  bool run_backward(bool add, Optimizer* optimizer) noexcept;
  bool next_state_finite() const noexcept { return !bad_state(); }
  const Weights::StateTensor* bad_state() const noexcept;  // one whose next values are not finite; null where all are
  void commit() noexcept;                                  // the next state becomes the state

  const BoundOp& bound_of(int op, int thread = 0) const { return ops[as_size(thread)][as_size(op)]; }
  const ScheduledTensor& tensor(int i) const { return timetable.tensors[as_size(i)]; }
  View view(int t, int buffer, int batch) const { return {static_cast<real*>(at(buffer)), tensor(t).shape, batch}; }

  Graph graph;
  Weights weights;  // shared with the maker of the plan
  PlanOptions options;
  Isa isa = best_isa();
  Timetable timetable;
  std::shared_ptr<ThreadPool> pool;
  Block arena;
  WeightUpdate::Ops ops;
  std::vector<int> covered, uncovered;  // parameters that this plan finds a gradient of; all others
  MovingState::Place moving;            // where something moves
  std::vector<const real*> input_data;

 private:
  using ChunkViews = std::vector<std::vector<int*>>;  // of one stage, by thread: the first samples of views

  // binding.cpp
  void check_options() const;
  void take_memory();
  void bind_state(BoundOp& bound);
  void bind_forward(BoundOp& bound, int thread);
  void bind_backward(BoundOp& bound, int thread);
  std::vector<const real**> readers_of(int input);  // of that tensor
  void bind_batch(int batch) noexcept;
  void bind_recompute(BoundRecompute& bound, const ScheduledRecompute& scheduled, int thread);
  template <class AnyView>
  void bind_view(AnyView& view, int buffer, int thread);
  void* at(int buffer) const { return buffer < 0 ? nullptr : arena.data() + timetable.buffers[as_size(buffer)].offset; }
  const real* nothing() const { return reinterpret_cast<const real*>(nothing_.data()); }
  bool hides(bool asked) const { return nothing_.bytes() != 0 && !asked; }

  // runner.cpp
  void pack() noexcept;
  void run_stage(const Stage& stage, const Stage* before, const ChunkViews& views) noexcept;
  void run_once(const Step& step, const Stage* before) noexcept;
  void run_call(const Step& step, Slice chunk, const BatchCut& cut, int slice, bool first_chunk) noexcept;
  void forward_outputs(const BoundOp& op, Slice samples) noexcept;
  void recur(const Step& step) noexcept;
  void add_to_targets(const BoundOp& op, Slice samples) noexcept;
  void make(const Step& step, const CallArguments& arguments) noexcept;

  std::vector<std::vector<BoundRecompute>> recomputes_;       // by thread, and by Timetable::recomputes
  std::vector<std::vector<const real**>> input_readers_;      // by input of the model: where its address goes
  int bound_batch_ = 0;                                       // that all views have
  std::vector<ChunkViews> forward_chunks_, backward_chunks_;  // by stage
  std::byte *workspace_ = nullptr, *local_ = nullptr, *blocks_ = nullptr;
  Block nothing_;                // NaN throughout, where the library poisons what was not asked for; else empty
  std::uint64_t packed_at_ = 0;  // Weights::changes when the layers last packed their weights
  std::optional<WeightUpdate> update_;
};

}  // namespace cambium
