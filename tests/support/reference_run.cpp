#include "tests/support/reference_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/framework/planning/output_cut.h"

namespace cambium {
namespace {

constexpr real nan = std::numeric_limits<real>::quiet_NaN();

// One layer with all that it is handed.
struct LayerRun {
  const Graph::Entry* entry = nullptr;
  LayerSpec spec;
  std::vector<int> params;
  std::vector<Block> saved;
  Block workspace;
  std::vector<ConstView> x;
  std::vector<View> dx;
  std::vector<const real*> param_pointers;
  std::vector<real*> gradient_pointers;
  std::vector<const double*> state;
  std::vector<double*> next;
  std::vector<void*> saved_pointers;
  std::vector<double> sums;
  Forward forward;
  Backward backward;

  template <class Visit>
  static void for_chunks(const BatchCut& cut, Visit visit) {
    for (int slice = 0; slice < cut.slices; ++slice)
      for (int chunk = 0; chunk < cut.chunks; ++chunk) visit(cut.chunk(slice, chunk), slice);
  }

  void make(CallKind kind, std::span<const Range> ranges, const ReferenceCut& cut) {
    const Layer& layer = *entry->layer;
    CallArguments arguments{.forward = &forward, .backward = &backward, .gradients = {gradient_pointers, false}};
    if (kind == CallKind::partial || kind == CallKind::partial_back) {
      const std::size_t each = kind == CallKind::partial ? spec.statistics.partial : spec.statistics.partial_back;
      sums.assign(sums_of_batch(spec.statistics, each, forward.batch, cut.sums.total()), 0);
      return for_chunks(cut.sums, [&](Slice samples, int) {
        arguments.slice = samples, arguments.sums = sums_of_slice(spec.statistics, each, samples, sums.data());
        make_call(kind, layer, spec, arguments);
      });
    }
    if (kind == CallKind::backward_params) return params_gradient(ranges, cut);
    if (over(kind, spec) == CallOver::samples)
      return for_chunks(cut.samples, [&](Slice samples, int) {
        arguments.slice = samples;
        make_call(kind, layer, spec, arguments);
      });
    const int channels = spec.recurrence.channels;
    const int slices = over(kind, spec) == CallOver::channels ? std::min(cut.samples.slices, channels) : 1;
    for (int i = 0; i < slices; ++i) {
      arguments.slice = slice_of(channels, slices, i), arguments.sums = sums;
      make_call(kind, layer, spec, arguments);
    }
    sums.clear();
  }

  void params_gradient(std::span<const Range> ranges, const ReferenceCut& cut) {
    const Layer& layer = *entry->layer;
    if (spec.param_outputs > 0) {
      for (int first = 0; first < spec.param_outputs; first += cut.outputs)
        layer.backward_params(backward, {first, std::min(first + cut.outputs, spec.param_outputs)}, {gradient_pointers, false});
      return;
    }
    std::vector<std::vector<real>> partials;
    std::vector<real*> pointers;
    for (int p : params) partials.emplace_back(ranges[as_size(p)].size, nan);
    for (std::vector<real>& partial : partials) pointers.push_back(partial.data());
    int last = -1;
    for_chunks(cut.samples, [&](Slice samples, int slice) {
      layer.backward_params(backward, samples, {slice == 0 ? gradient_pointers : pointers, slice == last});
      last = slice;
      const bool complete = samples.index % cut.samples.chunks == cut.samples.chunks - 1;
      for (std::size_t p = 0; slice > 0 && complete && p < partials.size(); ++p)
        for (std::size_t i = 0; i < partials[p].size(); ++i) gradient_pointers[p][i] += partials[p][i];
    });
  }
};

class Reference {
 public:
  Reference(const Graph& graph, Weights& weights, Mode mode, int batch, const ReferenceCuts& cuts)
      : graph_(graph), weights_(weights), mode_(mode), batch_(batch), cuts_(cuts), steps_(graph.entries().size()) {
    const std::size_t n = graph.entries().size();
    run_.values.resize(n), run_.gradients.resize(n), run_.dx.resize(n);
    run_.weight_gradients.assign(weights.block().size(), 0);
    run_.next_state.assign(weights.state_block().begin(), weights.state_block().end());
  }

  ReferenceRun run(std::span<const ConstView> inputs, const std::vector<std::vector<real>>& output_gradients) {
    std::size_t input = 0;
    for (int i = 0; i < static_cast<int>(steps_.size()); ++i) {
      if (graph_.entries()[as_size(i)].layer) {
        make(i);
        LayerRun& step = steps_[as_size(i)];
        const ReferenceCut cut = cuts_(i, false, step.spec);
        for (const CallKind kind : forward_calls(step.spec, step.forward.mode)) step.make(kind, weights_.ranges(), cut);
      } else {
        run_.values[as_size(i)].assign(inputs[input].begin(), inputs[input].end());
        ++input;
      }
    }
    if (output_gradients.empty()) return std::move(run_);
    for (std::size_t k = 0; k < output_gradients.size(); ++k) run_.gradients[as_size(graph_.outputs()[k])] = output_gradients[k];
    for (int i = static_cast<int>(steps_.size()); i-- > 0;)
      if (steps_[as_size(i)].entry && !run_.gradients[as_size(i)].empty()) go_back(i);
    return std::move(run_);
  }

 private:
  std::size_t values_of(const Shape& shape) const { return as_size(batch_) * as_size(shape.size()); }

  void make(int i) {
    LayerRun& step = steps_[as_size(i)];
    step.entry = &graph_.entries()[as_size(i)];
    const Mode mode = weights_.mode_of(i, mode_);
    step.spec = graph_.spec(i, batch_, mode, best_isa());
    step.params = weights_.params_of(i);
    step.workspace = Block(step.spec.workspace);
    run_.values[as_size(i)].assign(values_of(step.entry->shape), nan);
    for (const Saved& each : step.spec.saved) step.saved_pointers.push_back(step.saved.emplace_back(each.bytes(batch_)).data());
    for (int input : step.entry->inputs)
      step.x.push_back({run_.values[as_size(input)].data(), graph_.entries()[as_size(input)].shape, batch_});
    for (int p : step.params) {
      step.param_pointers.push_back(weights_.ranges()[as_size(p)].weight);
      step.gradient_pointers.push_back(run_.weight_gradients.data() + weights_.ranges()[as_size(p)].offset);
    }
    for (int s : weights_.state_of(i)) {
      const std::size_t offset = weights_.state_tensors()[as_size(s)].offset;
      step.state.push_back(weights_.state_block().data() + offset);
      if (mode != Mode::evaluate) step.next.push_back(run_.next_state.data() + offset);
    }
    Context context;
    context.mode = mode;
    context.batch = batch_;
    context.kernels = &kernels(best_isa());
    context.random = Random(weights_.seed()).of(part_of_name(step.entry->name)).of(0);
    context.x = step.x;
    context.params = step.param_pointers;
    context.state = step.state;
    context.next = step.next;
    context.buffers = step.saved_pointers;
    context.workspace = step.workspace.data();
    static_cast<Context&>(step.forward) = static_cast<Context&>(step.backward) = context;
    step.forward.y = {run_.values[as_size(i)].data(), step.entry->shape, batch_};
  }

  void go_back(int i) {
    LayerRun& step = steps_[as_size(i)];
    step.backward.y = step.forward.y;
    step.backward.dy = {run_.gradients[as_size(i)].data(), step.entry->shape, batch_};
    for (int input : step.entry->inputs) run_.dx[as_size(i)].emplace_back(values_of(graph_.entries()[as_size(input)].shape), nan);
    for (std::size_t k = 0; k < step.x.size(); ++k) step.dx.push_back({run_.dx[as_size(i)][k].data(), step.x[k].shape, batch_});
    step.backward.dx = step.dx;
    const ReferenceCut cut = cuts_(i, true, step.spec);
    for (const CallKind kind : backward_calls(step.spec, step.backward.mode, !step.params.empty(), true))
      step.make(kind, weights_.ranges(), cut);
    for (std::size_t k = 0; k < step.x.size(); ++k) {
      std::vector<real>& sum = run_.gradients[as_size(step.entry->inputs[k])];
      const std::vector<real>& more = run_.dx[as_size(i)][k];
      if (sum.empty())
        sum = more;
      else
        std::transform(sum.begin(), sum.end(), more.begin(), sum.begin(), std::plus<>());
    }
  }

  const Graph& graph_;
  Weights& weights_;
  Mode mode_;
  int batch_;
  const ReferenceCuts& cuts_;
  std::vector<LayerRun> steps_;
  ReferenceRun run_;
};

template <class T>
double distance(const std::vector<T>& a, const std::vector<T>& b) {
  double difference = 0, length = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double one = static_cast<double>(a[i]), other = static_cast<double>(b[i]);
    difference += (one - other) * (one - other), length += one * one;
  }
  const double beside = std::sqrt(difference / std::max(length, 1e-8 * static_cast<double>(a.size())));
  return difference == 0 ? 0 : std::isfinite(beside) && a.size() == b.size() ? beside : HUGE_VAL;
}

}  // namespace

ReferenceCuts all_at_once(int batch) {
  return [=](int, bool, const LayerSpec& spec) { return ReferenceCut{{batch}, {batch}, spec.param_outputs}; };
}

ReferenceCuts drawn_cuts(int batch, std::uint64_t seed) {
  return [=](int entry, bool backward, const LayerSpec& spec) {
    const Random random = Random(seed).of(as_size(entry)).of(backward);
    std::uint64_t drawn = 0;
    const auto up_to = [&](int most) { return 1 + static_cast<int>(random.below(drawn++, as_size(most))); };
    const auto cut = [&] {
      const int slices = up_to(batch);
      return BatchCut{batch, slices, up_to(batch / slices)};
    };
    const BatchCut sums = cut();
    return ReferenceCut{sums, cut(), up_to(std::max(spec.param_outputs, 1))};
  };
}

// Sums come from the stage before the one that merges them.
ReferenceCuts cuts_of(const Timetable& timetable, int batch) {
  return [&timetable, batch](int entry, bool backward, const LayerSpec& spec) {
    const std::vector<Stage>& stages = backward ? timetable.stages.backward : timetable.stages.forward;
    const std::vector<int>& stage_of = backward ? timetable.stages.backward_of : timetable.stages.forward_of;
    for (std::size_t p = 0; p < timetable.ops.size(); ++p)
      if (timetable.ops[p].entries[0] == entry && !stages.empty()) {
        const std::size_t stage = std::min(as_size(stage_of[p]), stages.size() - 1);
        return ReferenceCut{stages[stage > 0 ? stage - 1 : 0].cut(batch), stages[stage].cut(batch), output_block(spec, batch)};
      }
    return ReferenceCut{{batch}, {batch}, output_block(spec, batch)};
  };
}

ReferenceRun run_reference(const Graph& graph, Weights& weights, std::span<const ConstView> inputs,
                           const std::vector<std::vector<real>>& output_gradients, Mode mode, const ReferenceCuts& cuts) {
  const int batch = inputs[0].batch;
  return Reference(graph, weights, mode, batch, cuts ? cuts : all_at_once(batch)).run(inputs, output_gradients);
}

double apart(const ReferenceRun& a, const ReferenceRun& b) {
  double most = std::max(distance(a.weight_gradients, b.weight_gradients), distance(a.next_state, b.next_state));
  for (std::size_t i = 0; i < a.values.size(); ++i)
    most = std::max({most, distance(a.values[i], b.values[i]), distance(a.gradients[i], b.gradients[i])});
  return most;
}

}  // namespace cambium
