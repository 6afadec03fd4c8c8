// From backward_params to a weight that has moved: which gradients are complete when, who adds partial sums, who checks that they
// are finite, and when the optimizer may move which values.
//
//   by samples   each slice of a batch makes a sum of its own, the first one in Weights; after the stage they are added in order.
//                Over a large batch the sums are in double (samples_of_a_sum).
//   by outputs   after the stage, once dy is whole: block by block, and where the optimizer takes a block at once, in memory of the
//                thread that stays in cache. Where backward_input writes over dy, before the calls of the stage instead.
//
// Then, task by task: complete, check, update. A task is checked before its values move, and no value moves by a gradient that is
// not finite. Sums are cut in the same way for any number of threads, and no update depends on where a range is cut.
#pragma once

#include <atomic>
#include <vector>

#include "cambium/framework/base/thread_pool.h"
#include "cambium/framework/graph/optimizer.h"
#include "cambium/framework/graph/weights.h"
#include "cambium/framework/kernels/elementwise.h"
#include "cambium/framework/planning/bound_op.h"
#include "cambium/framework/planning/plan_options.h"

namespace cambium {

class WeightUpdate {
 public:
  using Ops = std::vector<std::vector<BoundOp>>;  // by thread, and by op
  // What a plan has; it must stay where it is.
  struct Of {
    const Timetable& timetable;
    const Weights& weights;
    const PlanOptions& options;
    ThreadPool& pool;
    const Ops& ops;
    std::byte *memory, *blocks;  // of the plan; and of each thread
  };
  explicit WeightUpdate(const Of& of);

  void begin(bool add, Optimizer* optimizer) noexcept;  // a backward pass; `add` to the gradients that are there
  // backward_params by samples, of one chunk.
  void add_chunk(int op, Slice chunk, const BatchCut& cut, int slice, bool first_chunk) noexcept;
  // backward_params by outputs, before the calls of a stage.
  void add_outputs(int op) noexcept;
  // After the calls of that backward stage.
  void finish(std::size_t stage) noexcept;

  bool finite() const noexcept { return finite_; }

 private:
  // Values of a parameter that one thread completes, checks and updates, before the next ones; or, with param -1, the outputs
  // from `first` to `last`, whose gradient is still to be made.
  struct Task {
    int op;
    int param;
    std::size_t first, last;
  };
  // Where the gradients of an op are made.
  struct Target {
    std::vector<real*> gradients;              // of its parameters, in Weights; null where frozen
    std::vector<std::vector<real*>> partials;  // by slice; slice 0 is `gradients`
    std::vector<double*> sums;                 // of slice 0, in double; the next is `stride` on
    std::size_t stride = 0;
  };
  Target target_of(int op) const;
  std::vector<Task> tasks_of(const Stage& stage) const;
  void add_output_tasks(std::vector<Task>& tasks, int op) const;

  const BoundOp& bound(int op, int thread = 0) const { return of_.ops[as_size(thread)][as_size(op)]; }
  const Target& target(int op) const { return targets_[as_size(op)]; }
  const Range& range(int op, std::size_t param) const;
  bool is_finite(const ElementwiseKernels& kernels, const real* x, std::size_t n) const noexcept;

  void run(const Task& task, int slices, int thread) noexcept;
  void complete(const Task& task, int slices) noexcept;
  void run_outputs(const Task& task, int thread) noexcept;
  bool update_outer(const Task& task, int thread) noexcept;
  void run_block(int op, Slice outputs, bool keep) noexcept;
  void update_block(int op, Slice outputs, std::span<real* const> gradients, bool keep) noexcept;

  Of of_;
  std::vector<Target> targets_;           // by op
  std::vector<std::vector<Task>> tasks_;  // by backward stage
  std::vector<std::vector<real*>> made_;  // by thread: where the gradients of a chunk or block are made that are not kept
  bool add_ = false;
  Optimizer* optimizer_ = nullptr;
  std::atomic<bool> finite_{true};
  real largest_ = 0;  // that a weight may move by in this pass
};

}  // namespace cambium
