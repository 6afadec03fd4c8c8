#include "cambium/framework/planning/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/planning/output_cut.h"
#include "cambium/framework/planning/recompute.h"

namespace cambium {

std::size_t partial_stride(const ScheduledOp& op, const Weights& weights) {
  std::size_t values = 0;
  for (int p : op.params) values += aligned(weights.ranges()[as_size(p)].size * sizeof(real)) / sizeof(real);
  return values;
}

namespace {

class MemoryPlanner {
 public:
  MemoryPlanner(Timetable& timetable, const Weights& weights, const PlanOptions& options)
      : s_(timetable), weights_(weights), options_(options) {}

  void run() {
    place_values();
    if (s_.has_backward) place_gradients();
    place_saved();
    find_offsets();
  }

 private:
  ScheduledTensor& tensor(int i) { return s_.tensors[as_size(i)]; }
  ScheduledOp& op(int p) { return s_.ops[as_size(p)]; }
  Buffer& buffer(int i) { return s_.buffers[as_size(i)]; }

  int ops() const { return static_cast<int>(s_.ops.size()); }

  int add(Buffer made) {
    s_.buffers.push_back(made);
    return static_cast<int>(s_.buffers.size()) - 1;
  }
  int new_buffer(std::size_t bytes, Time first, Time last) { return add({.bytes = bytes, .first = first, .last = last}); }
  int new_values(const Shape& shape, Time first, Time last) {
    const std::size_t each = as_size(shape.size()) * sizeof(real);
    const int made = new_buffer(each * as_size(options_.batch), first, last);
    buffer(made).per_sample = each;
    return made;
  }
  void extend(int i, Time last) {
    if (i >= 0) buffer(i).last = std::max(buffer(i).last, last);
  }

  // ------------------------------------------------------------------------------------------------------------ values

  void place_values() {
    for (int p = 0; p < ops(); ++p) {
      const Time now = s_.forward_time(p);
      const ScheduledOp& made_by = op(p);
      ScheduledTensor& y = tensor(made_by.out);
      int root = made_by.in[0];
      while (tensor(root).source >= 0) root = tensor(root).source;
      const bool from_outside = tensor(root).producer < 0;
      const bool in_place = made_by.spec.in_place && made_by.in.size() == 1 && !from_outside && tensor(root).last_read <= now;
      // A reshape from outside has -1 here and is bound with the input.
      y.value = made_by.is_reshape || in_place ? tensor(root).value : new_values(y.shape, now, now);
      extend(y.value, y.last_read);
      if (!y.recompute.empty()) place_recomputed(y);
    }
  }

  // The ops that make y once more, before the first call that reads it on the way back.
  void place_recomputed(ScheduledTensor& y) {
    const std::vector<int> readers = readers_back(s_, y);
    const Time now = s_.backward_time(readers.back());
    std::map<int, int> made;  // by tensor
    for (std::size_t i = 0; i < y.recompute.size(); ++i) {
      ScheduledRecompute& again = s_.recomputes[as_size(y.first_recompute) + i];
      const ScheduledOp& of = op(again.op);
      for (int t : of.in) again.x.push_back(made.contains(t) ? made[t] : tensor(t).value);
      const bool in_place =
          of.spec.in_place && of.in.size() == 1 && made.contains(of.in[0]) && tensor(of.in[0]).readers.size() == 1;
      again.y = made[of.out] = in_place ? again.x[0] : new_values(tensor(of.out).shape, now, now);
    }
    y.recomputed = made.at(op(y.producer).out);
    extend(y.recomputed, s_.backward_time(readers.front()));
  }

  // ------------------------------------------------------------------------------------------------------------ gradients

  Time last_use_of_gradient(int t) {
    return tensor(t).observed || tensor(t).producer < 0 ? s_.end_time() : s_.backward_time(tensor(t).producer);
  }

  void place_gradients() {
    std::vector<bool> written(s_.tensors.size(), false);
    for (int t : s_.outputs) {  // the loss writes here, wanted or not
      tensor(t).gradient = new_values(tensor(t).shape, s_.loss_time(), last_use_of_gradient(t));
      buffer(tensor(t).gradient).observed |= tensor(t).observed;
      written[as_size(t)] = true;
    }
    for (int p = ops(); p-- > 0;) {
      ScheduledOp& from = op(p);
      from.dx.resize(from.in.size());
      if (!from.goes_back) continue;
      const int dy = tensor(from.out).gradient;
      if (dy < 0) throw Error(fmt::format("layer '{}' leads to no output", from.name), "output(node), or leaving the layer out");
      if (from.completes_late()) buffer(dy).whole = true;
      for (std::size_t k = 0; k < from.in.size(); ++k) {
        const int t = from.in[k];
        from.dx[k].needed = tensor(t).needs_gradient;
        if (!from.dx[k].needed) continue;
        place_gradient(p, from, from.dx[k], t, dy, !written[as_size(t)]);
        written[as_size(t)] = true;
      }
    }
  }

  void place_gradient(int p, const ScheduledOp& from, ScheduledGradient& dx, int t, int dy, bool first) {
    const Time now = s_.backward_time(p);
    const bool shared = tensor(t).readers.size() > 1 || tensor(t).is_output;
    const bool looked_at = buffer(dy).observed;
    const bool in_place = from.is_reshape ? !(shared && looked_at)
                                          : first && !shared && from.spec.backward_in_place && from.in.size() == 1 && !looked_at;
    dx.buffer = in_place ? dy : new_values(tensor(t).shape, now, from.observed ? s_.end_time() : now);
    if (recurs(from.spec, from.mode)) buffer(dx.buffer).whole = true;  // it is made before the calls
    if (first && !(shared && from.observed)) {
      tensor(t).gradient = dx.buffer;
    } else {
      if (first) tensor(t).gradient = new_values(tensor(t).shape, now, now);
      dx.target = tensor(t).gradient;
      dx.add = !first;
    }
    extend(tensor(t).gradient, last_use_of_gradient(t));
    buffer(tensor(t).gradient).observed |= tensor(t).observed;
    buffer(dx.buffer).observed |= from.observed;
  }

  // ------------------------------------------------------------------------------------------------------------ saved

  // What is summed up in one stage, for the next one to merge: `each` numbers a chunk, or a sample.
  int new_sums(const StatisticsSpec& statistics, std::size_t each, Time merged) {
    const Time begun{merged.stage - 1, 0};
    const int chunks = s_.stage_at(begun).most_chunks(options_.batch);
    return new_buffer(sums_of_batch(statistics, each, options_.batch, chunks) * sizeof(double), begun, merged);
  }

  void place_saved() {
    for (int p = 0; p < ops(); ++p) {
      ScheduledOp& of = op(p);
      const LayerSpec& spec = of.spec;
      const bool moves = of.mode != Mode::evaluate;
      const Time first = s_.forward_time(p), last = of.goes_back ? s_.backward_time(p) : first;
      const bool early = spec.packing || (!moves && spec.statistics.ability);
      for (const Saved& each : spec.saved)
        of.saved.push_back(
            new_buffer(each.bytes(options_.batch), early ? Time{} : first, early && !s_.has_backward ? s_.end_time() : last));
      if (moves && spec.statistics.partial > 0) of.partial_sums = new_sums(spec.statistics, spec.statistics.partial, first);
      if (moves && of.goes_back && spec.statistics.partial_back > 0)
        of.partial_sums_back = new_sums(spec.statistics, spec.statistics.partial_back, last);
      if (of.goes_back && of.trainable) place_partial_gradients(of, last);
      s_.workspace_per_thread = std::max(s_.workspace_per_thread, aligned(spec.workspace));
    }
  }

  // By samples: sums of all slices but the first, and in double where a large batch needs it. By outputs: one block of them.
  void place_partial_gradients(ScheduledOp& of, Time time) {
    if (of.spec.param_outputs == 0) {
      const auto slices = as_size(s_.stage_at(time).cut(options_.batch).slices);
      const std::size_t values = partial_stride(of, weights_);
      if (slices > 1) of.partial_gradients = new_buffer((slices - 1) * values * sizeof(real), time, time);
      if (samples_of_a_sum(of.spec, options_.batch) == 0) return;
      of.sums = new_buffer(slices * values * sizeof(double), time, time);
      s_.block_per_thread = std::max(s_.block_per_thread, values * sizeof(real));
    } else if (of.completes_late()) {
      for (std::size_t bytes = 0; int param : of.params) {
        const auto outputs = as_size(of.spec.param_outputs);
        const auto block = as_size(output_block(of.spec, options_.batch));
        bytes += aligned(weights_.ranges()[as_size(param)].size / outputs * block * sizeof(real));
        s_.block_per_thread = std::max(s_.block_per_thread, bytes);
      }
    }
  }

  // ------------------------------------------------------------------------------------------------------------ offsets

  // Values that live and die inside one stage need room for the chunk in hand only, in memory of each thread's own, and stay in
  // cache. They make way for each other from op to op; all others from stage to stage, since slices are at different ops of a
  // stage at once.
  void find_offsets() {
    std::vector<Lifetime> lasting;
    std::vector<std::vector<Lifetime>> local(as_size(s_.end_time().stage) + 1);
    for (Buffer& b : s_.buffers) {
      const bool in_stage = b.first.stage == b.last.stage && b.first.stage != s_.loss_time().stage;
      b.local = b.per_sample > 0 && !b.whole && in_stage;
      if (b.local)
        local[as_size(b.first.stage)].push_back(
            {b.per_sample * as_size(s_.stage_at(b.first).most_samples(options_.batch)), b.first.op, b.last.op});
      else
        lasting.push_back({b.bytes, b.first.stage, b.last.stage});
    }
    s_.bytes = pack(lasting);
    for (std::vector<Lifetime>& stage : local) s_.local_per_thread = std::max(s_.local_per_thread, pack(stage));
    std::size_t next = 0;
    std::vector<std::size_t> next_local(local.size(), 0);
    for (Buffer& b : s_.buffers) {
      const auto stage = as_size(b.first.stage);
      b.offset = b.local ? local[stage][next_local[stage]++].offset : lasting[next++].offset;
    }
  }

  Timetable& s_;
  const Weights& weights_;
  const PlanOptions& options_;
};

}  // namespace

void plan_memory(Timetable& timetable, const Weights& weights, const PlanOptions& options) {
  MemoryPlanner(timetable, weights, options).run();
}

}  // namespace cambium
