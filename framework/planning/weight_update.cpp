#include "cambium/framework/planning/weight_update.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/framework/planning/memory_plan.h"
#include "cambium/framework/planning/output_cut.h"
#include "cambium/framework/planning/timed.h"

namespace cambium {
namespace {
// What each output owns of a parameter.
std::size_t share_of(const Range& range, const LayerSpec& spec) { return range.size / as_size(spec.param_outputs); }
}  // namespace

WeightUpdate::WeightUpdate(const Of& of) : of_(of), made_(of.ops.size()) {
  std::size_t params = 0;
  for (int op = 0; op < static_cast<int>(of.timetable.ops.size()); ++op) {
    targets_.push_back(target_of(op));
    params = std::max(params, targets_.back().gradients.size());
  }
  for (const Stage& stage : of.timetable.stages.backward) tasks_.push_back(tasks_of(stage));
  for (std::vector<real*>& made : made_) made.resize(params);
}

WeightUpdate::Target WeightUpdate::target_of(int op) const {
  const ScheduledOp& s = *bound(op).op;
  const int slices =
      s.partial_gradients < 0 ? 1 : of_.timetable.stage_at(of_.timetable.backward_time(op)).cut(of_.options.batch).slices;
  const auto memory_of = [&](int buffer) { return of_.memory + of_.timetable.buffers[as_size(buffer)].offset; };
  Target target;
  if (!s.goes_back || !s.trainable) return target;  // as in every plan for inference
  target.stride = partial_stride(s, of_.weights);
  target.partials.resize(as_size(slices));
  std::size_t offset = 0;
  for (int p : s.params) {
    const Range& range = of_.weights.ranges()[as_size(p)];
    const bool frozen = range.settings.freeze;
    target.gradients.push_back(frozen ? nullptr : range.gradient);
    target.partials[0].push_back(target.gradients.back());
    for (std::size_t slice = 1; slice < target.partials.size(); ++slice) {
      real* const first = reinterpret_cast<real*>(memory_of(s.partial_gradients));
      target.partials[slice].push_back(frozen ? nullptr : first + (slice - 1) * target.stride + offset);
    }
    if (s.sums >= 0) target.sums.push_back(reinterpret_cast<double*>(memory_of(s.sums)) + offset);
    offset += aligned(range.size * sizeof(real)) / sizeof(real);
  }
  return target;
}

std::vector<WeightUpdate::Task> WeightUpdate::tasks_of(const Stage& stage) const {
  std::vector<Task> tasks;
  for (int op : stage.updates) {
    if (bound(op).op->completes_late()) {
      add_output_tasks(tasks, op);
      continue;
    }
    for (std::size_t p = 0; p < target(op).gradients.size(); ++p)
      for (std::size_t first = 0, size = range(op, p).size; target(op).gradients[p] && first < size; first += sizes::update_task)
        tasks.push_back({op, static_cast<int>(p), first, std::min(size, first + sizes::update_task)});
  }
  return tasks;
}

// Of one sample each thread moves in one go the weights that it reads.
void WeightUpdate::add_output_tasks(std::vector<Task>& tasks, int op) const {
  const LayerSpec& spec = bound(op).spec();
  const int outputs = spec.param_outputs, block = output_block(spec, of_.options.batch);
  const auto push = [&](int first, int last) { tasks.push_back({op, -1, as_size(first), as_size(std::min(outputs, last))}); };
  if (const OutputCut& cut = bound(op).outputs; of_.options.batch == 1 && cut.parts > 1) {
    const int shares = std::min(cut.parts, of_.pool.count());
    for (int i = 0; i < shares; ++i) {
      const Slice parts = slice_of(cut.parts, shares, i);
      push(parts.begin * cut.outputs, parts.end * cut.outputs);
    }
  } else {
    for (int first = 0; first < outputs; first += block) push(first, first + block);
  }
}

const Range& WeightUpdate::range(int op, std::size_t param) const {
  return of_.weights.ranges()[as_size(bound(op).op->params[param])];
}

bool WeightUpdate::is_finite(const ElementwiseKernels& kernels, const real* x, std::size_t n) const noexcept {
  return largest_ < std::numeric_limits<real>::max() ? kernels.largest(x, n) <= largest_ : kernels.all_finite(x, n);
}

void WeightUpdate::begin(bool add, Optimizer* optimizer) noexcept {
  add_ = add, optimizer_ = optimizer, finite_ = true;
  largest_ = optimizer ? optimizer->largest_gradient() : std::numeric_limits<real>::max();
}

void WeightUpdate::add_chunk(int op, Slice chunk, const BatchCut& cut, int slice, bool first_chunk) noexcept {
  const BoundOp& b = bound(op, chunk.thread);
  const Target& to = target(op);
  const int samples = samples_of_a_sum(b.spec(), b.backward.batch);
  if (samples == 0) {
    const std::vector<real*>& gradients = cut.slices > 1 ? to.partials[as_size(slice)] : to.gradients;
    return b.layer().backward_params(b.backward, chunk, {gradients, !first_chunk || (add_ && slice == 0)});
  }
  const std::span<real*> made(made_[as_size(chunk.thread)].data(), to.gradients.size());
  real* const block = reinterpret_cast<real*>(of_.blocks + of_.timetable.block_per_thread * as_size(chunk.thread));
  for (std::size_t p = 0; p < made.size(); ++p) made[p] = to.gradients[p] ? block + (to.sums[p] - to.sums[0]) : nullptr;
  const int end = chunk.end;
  for (bool first = first_chunk; chunk.begin < end; chunk.begin = chunk.end, first = false) {
    chunk.end = std::min(end, chunk.begin + samples);
    b.layer().backward_params(b.backward, chunk, {made, false});
    for (std::size_t p = 0; p < made.size(); ++p)
      if (made[p])
        b.backward.kernels->elementwise.sum_up(made[p], to.sums[p] + as_size(slice) * to.stride, range(op, p).size, !first);
  }
}

void WeightUpdate::add_outputs(int op) noexcept {
  const LayerSpec& spec = bound(op).spec();
  const int outputs = spec.param_outputs, block = output_block(spec, of_.options.batch);
  of_.pool.run((outputs + block - 1) / block, [&](int index, int thread) {
    const BoundOp& b = bound(op, thread);
    const Slice slice{index * block, std::min(outputs, (index + 1) * block), index, thread};
    timed(of_.options.profile, b.op->name, "backward_params", thread, [&] {
      b.layer().backward_params(b.backward, slice, {target(op).gradients, add_});
    });
  });
}

// All tasks together, or those of each op that is cut by outputs.
void WeightUpdate::finish(std::size_t number) noexcept {
  const Stage& stage = of_.timetable.stages.backward[number];
  const std::vector<Task>& tasks = tasks_[number];
  if (tasks.empty()) return;
  if (!finite_) optimizer_ = nullptr;
  const int batch = bound(0).backward.batch, slices = stage.calls.empty() ? 1 : stage.cut(batch).slices;
  const auto share = [&](const Task* first, const Task* last) {
    of_.pool.run(static_cast<int>(last - first), [&](int index, int thread) { run(first[index], slices, thread); });
  };
  const Task *first = tasks.data(), *const end = first + tasks.size();
  if (stage.worth_sharing(batch)) return share(first, end);
  for (const Task* last; first < end; first = last) {
    last = std::find_if(first, end, [first](const Task& other) { return other.op != first->op; });
    if (bound(first->op).outputs.parts > 1)
      share(first, last);
    else
      std::for_each(first, last, [&](const Task& task) { run(task, slices, 0); });
  }
}

void WeightUpdate::run(const Task& task, int slices, int thread) noexcept {
  if (task.param < 0) return run_outputs(task, thread);
  const BoundOp& b = bound(task.op, thread);
  const real* const gradient = target(task.op).gradients[as_size(task.param)] + task.first;
  timed(of_.options.profile, b.op->name, "update", thread, [&] {
    if (b.spec().param_outputs == 0) complete(task, slices);
    if (!is_finite(b.backward.kernels->elementwise, gradient, task.last - task.first) ||
        (optimizer_ && !optimizer_->update_and_look(range(task.op, as_size(task.param)), task.first, task.last)))
      finite_ = false;
  });
}

// Adds up what the slices have, in order.
void WeightUpdate::complete(const Task& task, int slices) noexcept {
  const BoundOp& b = bound(task.op);
  const Target& of = target(task.op);
  const ElementwiseKernels& kernels = b.backward.kernels->elementwise;
  const std::size_t param = as_size(task.param), count = task.last - task.first;
  real* const gradient = of.gradients[param] + task.first;
  if (samples_of_a_sum(b.spec(), b.backward.batch) == 0) {
    for (int slice = 1; slice < slices; ++slice)
      kernels.add(gradient, of.partials[as_size(slice)][param] + task.first, gradient, count);
    return;
  }
  double* const sum = of.sums[param] + task.first;
  for (std::size_t slice = 1; slice < as_size(slices); ++slice)
    for (std::size_t i = 0; i < count; ++i) sum[i] += sum[slice * of.stride + i];
  kernels.take_sum(sum, gradient, count, add_);
}

// Block by block. Of one sample, whose outputs threads share, blocks begin anew with every part of that cut, so that they are the
// same for all threads.
void WeightUpdate::run_outputs(const Task& task, int thread) noexcept {
  const bool keep = add_ || !optimizer_ || of_.options.retain_gradients;
  if (!keep && update_outer(task, thread)) return;
  const LayerSpec& spec = bound(task.op).spec();
  const int block = output_block(spec, of_.options.batch), end = static_cast<int>(task.last);
  const int whole = of_.options.batch == 1 ? bound(task.op).outputs.outputs : spec.param_outputs;
  for (int first = static_cast<int>(task.first), last; first < end; first = last) {
    last = std::min({end, first + block, first / whole * whole + whole});
    run_block(task.op, {first, last, 0, thread}, keep);
  }
}

// The gradient of a dense layer from a single sample is dy x^T. A step of that kind lives by memory alone, so it is not written
// down. False: nothing has moved.
bool WeightUpdate::update_outer(const Task& task, int thread) noexcept {
  const BoundOp& b = bound(task.op, thread);
  const Backward& back = b.backward;
  const std::vector<real*>& gradients = target(task.op).gradients;
  if (back.batch != 1 || !std::holds_alternative<form::Dense>(b.spec().form) || !gradients[0]) return false;
  const std::span<const real> all(back.dy.data, back.dy.size()), x(back.x[0].begin(), back.x[0].size());
  const std::span<const real> dy = all.subspan(task.first, task.last - task.first);
  const auto largest = [&](std::span<const real> values) {
    return back.kernels->elementwise.largest(values.data(), values.size());
  };
  // Of all outputs, so that it does not show how they are cut. dy is the gradient of the bias.
  const real most = largest(all);
  if (!(most * largest(x) <= largest_ && most <= largest_)) return false;
  auto moved = Optimizer::Outer::cannot;
  timed(of_.options.profile, b.op->name, "update", thread, [&] {
    moved = optimizer_->update_outer(range(task.op, 0), task.first, task.last, dy.data(), x.data(), x.size());
    if (moved == Optimizer::Outer::not_finite) finite_ = false;
    if (moved == Optimizer::Outer::cannot || gradients.size() < 2 || !gradients[1]) return;
    Range bias = range(task.op, 1);
    bias.gradient = const_cast<real*>(back.dy.data);
    if (!optimizer_->update_and_look(bias, task.first, task.last)) finite_ = false;
  });
  return moved != Optimizer::Outer::cannot;
}

// Where the optimizer takes the gradient at once, it is made in memory of the thread that stays in cache from block to block.
void WeightUpdate::run_block(int op, Slice outputs, bool keep) noexcept {
  const BoundOp& b = bound(op, outputs.thread);
  const std::vector<real*>& kept = target(op).gradients;
  const std::span<real*> made(made_[as_size(outputs.thread)].data(), kept.size());
  std::byte* memory = of_.blocks + of_.timetable.block_per_thread * as_size(outputs.thread);
  for (std::size_t p = 0; p < made.size(); ++p) {
    const std::size_t share = share_of(range(op, p), b.spec());
    made[p] = !kept[p] || keep ? kept[p] : reinterpret_cast<real*>(memory) - share * as_size(outputs.begin);
    if (kept[p]) memory += aligned(share * as_size(outputs.count()) * sizeof(real));
  }
  timed(of_.options.profile, b.op->name, "backward_params", outputs.thread, [&] {
    b.layer().backward_params(b.backward, outputs, {made, add_});
  });
  timed(of_.options.profile, b.op->name, "update", outputs.thread, [&] { update_block(op, outputs, made, keep); });
}

void WeightUpdate::update_block(int op, Slice outputs, std::span<real* const> gradients, bool keep) noexcept {
  const BoundOp& b = bound(op, outputs.thread);
  for (std::size_t p = 0; p < gradients.size(); ++p) {
    if (!gradients[p]) continue;
    Range moving = range(op, p);
    moving.gradient = gradients[p];
    const std::size_t share = share_of(moving, b.spec()), first = share * as_size(outputs.begin),
                      count = share * as_size(outputs.count());
    const bool good = is_finite(b.backward.kernels->elementwise, gradients[p] + first, count);
    if (!good) finite_ = false;
    if (!good && !keep)  // so that what went wrong can be read
      std::memcpy(target(op).gradients[p] + first, gradients[p] + first, count * sizeof(real));
    if (good && optimizer_ && !optimizer_->update_and_look(moving, first, first + count)) finite_ = false;
  }
}

}  // namespace cambium
