#include "tests/support/reference_run.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/framework/planning/build_timetable.h"
#include "cambium/framework/planning/output_cut.h"

namespace cambium {
namespace {

constexpr real nan = std::numeric_limits<real>::quiet_NaN();

std::size_t at(int i) { return static_cast<std::size_t>(i); }

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

  // Sums over the batch as it is cut in the stage before; all else as in the stage itself.
  void make(CallKind kind, std::span<const Range> ranges, const BatchCut& before, const BatchCut& cut) {
    const Layer& layer = *entry->layer;
    CallArguments arguments{.forward = &forward, .backward = &backward, .gradients = {gradient_pointers, false}};
    if (kind == CallKind::partial || kind == CallKind::partial_back) {
      const std::size_t each = kind == CallKind::partial ? spec.statistics.partial : spec.statistics.partial_back;
      sums.assign(sums_of_batch(spec.statistics, each, forward.batch, before.total()), 0);
      return for_chunks(before, [&](Slice samples, int) {
        arguments.slice = samples, arguments.sums = sums_of_slice(spec.statistics, each, samples, sums.data());
        make_call(kind, layer, spec, arguments);
      });
    }
    if (kind == CallKind::backward_params) return params_gradient(ranges, cut);
    if (over(kind, spec) == CallOver::samples)
      return for_chunks(cut, [&](Slice samples, int) {
        arguments.slice = samples;
        make_call(kind, layer, spec, arguments);
      });
    arguments.slice = {0, spec.recurrence.channels}, arguments.sums = sums;
    make_call(kind, layer, spec, arguments);
    sums.clear();
  }

  void params_gradient(std::span<const Range> ranges, const BatchCut& cut) {
    const Layer& layer = *entry->layer;
    if (spec.param_outputs > 0) {
      const int block = output_block(spec, backward.batch);
      for (int first = 0; first < spec.param_outputs; first += block)
        layer.backward_params(backward, {first, std::min(first + block, spec.param_outputs)}, {gradient_pointers, false});
      return;
    }
    std::vector<std::vector<real>> partials;
    std::vector<real*> pointers;
    for (int p : params) partials.emplace_back(ranges[at(p)].size, nan);
    for (std::vector<real>& partial : partials) pointers.push_back(partial.data());
    int last = -1;
    for_chunks(cut, [&](Slice samples, int slice) {
      layer.backward_params(backward, samples, {slice == 0 ? gradient_pointers : pointers, slice == last});
      last = slice;
      const bool complete = samples.index % cut.chunks == cut.chunks - 1;
      for (std::size_t p = 0; slice > 0 && complete && p < partials.size(); ++p)
        for (std::size_t i = 0; i < partials[p].size(); ++i) gradient_pointers[p][i] += partials[p][i];
    });
  }
};

class Reference {
 public:
  Reference(const Graph& graph, Weights& weights, Mode mode, int batch, bool backward, std::uint64_t pass_number)
      : graph_(graph),
        weights_(weights),
        mode_(mode),
        batch_(batch),
        pass_number_(pass_number),
        steps_(graph.entries().size()),
        timetable_(make_timetable(graph, weights,
                                  {.batch = batch, .mode = mode, .input_gradient = true, .backward = backward, .fuse = false},
                                  best_isa())) {
    const std::size_t n = graph.entries().size();
    run_.values.resize(n), run_.gradients.resize(n), run_.dx.resize(n);
    run_.weight_gradients.assign(weights.block().size(), 0);
    run_.next_state.assign(weights.state_block().begin(), weights.state_block().end());
  }

  ReferenceRun run(std::span<const ConstView> inputs, const std::vector<std::vector<real>>& output_gradients) {
    std::size_t input = 0;
    for (int i = 0; i < static_cast<int>(steps_.size()); ++i) {
      if (graph_.entries()[at(i)].layer) {
        make(i);
        const auto [before, cut] = cuts_of(i, timetable_.stages.forward, timetable_.stages.forward_of);
        for (const CallKind kind : forward_calls(steps_[at(i)].spec, steps_[at(i)].forward.mode))
          steps_[at(i)].make(kind, weights_.ranges(), before, cut);
      } else {
        run_.values[at(i)].assign(inputs[input].begin(), inputs[input].end());
        ++input;
      }
    }
    if (output_gradients.empty()) return std::move(run_);
    for (std::size_t k = 0; k < output_gradients.size(); ++k) run_.gradients[at(graph_.outputs()[k])] = output_gradients[k];
    for (int i = static_cast<int>(steps_.size()); i-- > 0;)
      if (steps_[at(i)].entry && !run_.gradients[at(i)].empty()) go_back(i);
    return std::move(run_);
  }

 private:
  std::size_t values_of(const Shape& shape) const { return at(batch_) * at(shape.size()); }

  // How the plan cuts the batch for this entry, and in the stage before.
  std::pair<BatchCut, BatchCut> cuts_of(int i, const std::vector<Stage>& stages, const std::vector<int>& stage_of) const {
    for (std::size_t p = 0; p < timetable_.ops.size(); ++p)
      if (timetable_.ops[p].entries[0] == i && !stages.empty()) {
        const std::size_t at_stage = std::min(at(stage_of[p]), stages.size() - 1);
        return {stages[at_stage > 0 ? at_stage - 1 : 0].cut(batch_), stages[at_stage].cut(batch_)};
      }
    return {BatchCut{batch_}, BatchCut{batch_}};
  }

  void make(int i) {
    LayerRun& step = steps_[at(i)];
    step.entry = &graph_.entries()[at(i)];
    const Mode mode = weights_.mode_of(i, mode_);
    step.spec = graph_.spec(i, batch_, mode, best_isa());
    step.params = weights_.params_of(i);
    step.workspace = Block(step.spec.workspace);
    run_.values[at(i)].assign(values_of(step.entry->shape), nan);
    for (const Saved& each : step.spec.saved) step.saved_pointers.push_back(step.saved.emplace_back(each.bytes(batch_)).data());
    for (int input : step.entry->inputs)
      step.x.push_back({run_.values[at(input)].data(), graph_.entries()[at(input)].shape, batch_});
    for (int p : step.params) {
      step.param_pointers.push_back(weights_.ranges()[at(p)].weight);
      step.gradient_pointers.push_back(run_.weight_gradients.data() + weights_.ranges()[at(p)].offset);
    }
    for (int s : weights_.state_of(i)) {
      const std::size_t offset = weights_.state_tensors()[at(s)].offset;
      step.state.push_back(weights_.state_block().data() + offset);
      if (mode != Mode::evaluate) step.next.push_back(run_.next_state.data() + offset);
    }
    Context context;
    context.mode = mode;
    context.batch = batch_;
    context.kernels = &kernels(best_isa());
    context.random = Random(weights_.seed()).of(part_of_name(step.entry->name)).of(pass_number_);
    context.x = step.x;
    context.params = step.param_pointers;
    context.state = step.state;
    context.next = step.next;
    context.buffers = step.saved_pointers;
    context.workspace = step.workspace.data();
    static_cast<Context&>(step.forward) = static_cast<Context&>(step.backward) = context;
    step.forward.y = {run_.values[at(i)].data(), step.entry->shape, batch_};
  }

  void go_back(int i) {
    LayerRun& step = steps_[at(i)];
    step.backward.y = step.forward.y;
    step.backward.dy = {run_.gradients[at(i)].data(), step.entry->shape, batch_};
    for (int input : step.entry->inputs) run_.dx[at(i)].emplace_back(values_of(graph_.entries()[at(input)].shape), nan);
    for (std::size_t k = 0; k < step.x.size(); ++k) step.dx.push_back({run_.dx[at(i)][k].data(), step.x[k].shape, batch_});
    step.backward.dx = step.dx;
    const auto [before, cut] = cuts_of(i, timetable_.stages.backward, timetable_.stages.backward_of);
    for (const CallKind kind : backward_calls(step.spec, step.backward.mode, !step.params.empty(), true))
      step.make(kind, weights_.ranges(), before, cut);
    for (std::size_t k = 0; k < step.x.size(); ++k) {
      std::vector<real>& sum = run_.gradients[at(step.entry->inputs[k])];
      const std::vector<real>& more = run_.dx[at(i)][k];
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
  std::uint64_t pass_number_;
  std::vector<LayerRun> steps_;
  Timetable timetable_;
  ReferenceRun run_;
};

}  // namespace

ReferenceRun run_reference(const Graph& graph, Weights& weights, std::span<const ConstView> inputs,
                           const std::vector<std::vector<real>>& output_gradients, Mode mode, std::uint64_t pass_number) {
  return Reference(graph, weights, mode, inputs[0].batch, mode == Mode::evaluate && !output_gradients.empty(), pass_number)
      .run(inputs, output_gradients);
}

}  // namespace cambium
