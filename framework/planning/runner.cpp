#include "cambium/framework/planning/runner.h"

#include <algorithm>
#include <cstring>

#include "cambium/framework/kernels/kernels.h"
#include "cambium/framework/planning/timed.h"

namespace cambium {

// ------------------------------------------------------------------------------------------------------------ stages

void Runner::run_forward() noexcept {
  pack();
  const Stage* before = nullptr;
  for (std::size_t i = 0; i < timetable.stages.forward.size(); ++i) {
    run_stage(timetable.stages.forward[i], before, forward_chunks_[i]);
    before = &timetable.stages.forward[i];
  }
}

bool Runner::run_backward(bool add, Optimizer* optimizer) noexcept {
  update_->begin(add, optimizer);
  const Stage* before = nullptr;
  for (std::size_t i = 0; i < timetable.stages.backward.size(); ++i) {
    run_stage(timetable.stages.backward[i], before, backward_chunks_[i]);
    update_->finish(i);
    before = &timetable.stages.backward[i];
  }
  return update_->finite();
}

void Runner::run_stage(const Stage& stage, const Stage* before, const ChunkViews& views) noexcept {
  for (const Step& step : stage.first) run_once(step, before);
  if (stage.calls.empty()) return;
  const BatchCut cut = stage.cut(bound_of(0).forward.batch);
  pool->run(cut.slices, [&](int slice, int thread) {
    for (int i = 0; i < cut.chunks; ++i) {
      Slice chunk = cut.chunk(slice, i);
      chunk.thread = thread;
      for (int* first : views[as_size(thread)]) *first = chunk.begin;
      for (const Step& step : stage.calls) run_call(step, chunk, cut, slice, i == 0);
    }
  });
}

// ------------------------------------------------------------------------------------------------------------ steps

// Before an inference only where it is folded: else weights may be written to through pointers that were handed out long ago.
void Runner::pack() noexcept {
  if (options.fold && packed_at_ == weights.changes()) return;
  packed_at_ = weights.changes();
  for (int op = 0; op < static_cast<int>(timetable.ops.size()); ++op) {
    const BoundOp& b = bound_of(op);
    if (b.spec().packing) make({CallKind::pack, op}, {.forward = &b.forward});
    if (b.op->mode == Mode::evaluate && b.spec().statistics.ability) make({CallKind::merge, op}, {.forward = &b.forward});
  }
}

void Runner::make(const Step& step, const CallArguments& arguments) noexcept {
  const BoundOp& b = bound_of(step.op);
  const auto call = [&] { make_call(step.kind, b.layer(), b.spec(), arguments); };
  if (!options.profile) return call();  // it has no use for a name
  timed(options.profile, b.op->name, step.recompute < 0 ? name(step.kind) : "recompute", arguments.slice.thread, call);
}

void Runner::run_once(const Step& step, const Stage* before) noexcept {
  const BoundOp& b = bound_of(step.op);
  const StatisticsSpec& statistics = b.spec().statistics;
  if (step.kind == CallKind::backward_params) return update_->add_outputs(step.op);
  if (over(step.kind, b.spec()) == CallOver::channels) return recur(step);
  const bool back = step.kind == CallKind::merge_back;
  const std::size_t each = back ? statistics.partial_back : statistics.partial;
  std::span<double> sums;
  if (b.op->mode != Mode::evaluate && each > 0) {
    const int batch = b.forward.batch;
    sums = {back ? b.partial_sums_back : b.partial_sums, sums_of_batch(statistics, each, batch, before->cut(batch).total())};
  }
  make(step, {.forward = &b.forward, .backward = &b.backward, .sums = sums});
}

// Threads share whole units of channels.
void Runner::recur(const Step& step) noexcept {
  constexpr int unit = sizes::recurring_channels;
  const BoundOp& first = bound_of(step.op);
  const int channels = first.spec().recurrence.channels, units = (channels + unit - 1) / unit;
  const long long values = static_cast<long long>(channels) * first.forward.batch;
  const int slices = std::clamp(static_cast<int>(values / sizes::recurring_values), 1, units);
  pool->run(slices, [&](int slice, int thread) {
    const BoundOp& b = bound_of(step.op, thread);
    const Slice share = slice_of(units, slices, slice);
    const Slice own{share.begin * unit, std::min(channels, share.end * unit), slice, thread};
    make(step, {.forward = &b.forward, .backward = &b.backward, .slice = own});
  });
}

void Runner::run_call(const Step& step, Slice chunk, const BatchCut& cut, int slice, bool first_chunk) noexcept {
  const BoundOp& b = bound_of(step.op, chunk.thread);
  const StatisticsSpec& statistics = b.spec().statistics;
  CallArguments arguments{.forward = &b.forward, .backward = &b.backward, .slice = chunk};
  switch (step.kind) {
    case CallKind::partial:
      arguments.sums = sums_of_slice(statistics, statistics.partial, chunk, b.partial_sums);
      return make(step, arguments);
    case CallKind::partial_back:
      arguments.sums = sums_of_slice(statistics, statistics.partial_back, chunk, b.partial_sums_back);
      return make(step, arguments);
    case CallKind::backward_params:
      return timed(options.profile, b.op->name, name(step.kind), chunk.thread,
                   [&] { update_->add_chunk(step.op, chunk, cut, slice, first_chunk); });
    case CallKind::backward_input:
      if (b.needs_dx) make(step, arguments);
      return add_to_targets(b, chunk);
    default: break;
  }
  if (step.recompute >= 0)
    arguments.forward = &recomputes_[as_size(chunk.thread)][as_size(step.recompute)].forward;
  else if (cut.slices == 1 && b.outputs.parts > 1)
    return forward_outputs(b, chunk);  // these samples are the only slice, and the threads are free
  make(step, arguments);
}

void Runner::forward_outputs(const BoundOp& b, Slice samples) noexcept {
  const int shares = std::min(b.outputs.parts, pool->count());
  timed(options.profile, b.op->name, name(CallKind::forward), samples.thread, [&] {
    pool->run(shares, [&](int share, int thread) {
      const Slice parts = slice_of(b.outputs.parts, shares, share);
      for (int part = parts.begin, first = part * b.outputs.outputs; part < parts.end; ++part, first += b.outputs.outputs) {
        const int last = std::min(first + b.outputs.outputs, b.spec().param_outputs);
        b.spec().output_split->forward_outputs(b.forward, samples, {first, last, part, thread});
      }
    });
  });
}

// Brings gradients that were written aside to the tensor that they belong to.
void Runner::add_to_targets(const BoundOp& b, Slice samples) noexcept {
  for (std::size_t k = 0; k < b.dx.size(); ++k) {
    if (b.op->dx[k].target < 0) continue;
    const View from = b.dx[k], to = b.dx_targets[k];
    real* const target = to.row(samples.begin);
    const auto count = as_size(samples.count()) * as_size(to.shape.size());
    if (b.op->dx[k].add)
      b.backward.kernels->elementwise.add(target, from.row(samples.begin), target, count);
    else
      std::memcpy(target, from.row(samples.begin), count * sizeof(real));
  }
}

// ------------------------------------------------------------------------------------------------------------ state

const Weights::StateTensor* Runner::bad_state() const noexcept {
  if (!moving || moving->finite()) return nullptr;
  for (const BoundOp& b : ops[0])
    for (std::size_t i = 0; i < b.next.size(); ++i) {
      const Weights::StateTensor& tensor = weights.state_tensors()[as_size(b.op->states[i])];
      if (!kernels(isa).elementwise.all_finite_state(b.next[i], tensor.size)) return &tensor;
    }
  return nullptr;
}

void Runner::commit() noexcept {
  moving->commit();
  weights.mark_changed();
}

}  // namespace cambium
