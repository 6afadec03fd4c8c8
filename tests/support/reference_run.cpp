#include "tests/support/reference_run.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/framework/planning/timetable.h"

namespace cambium {
namespace {

constexpr real nan = std::numeric_limits<real>::quiet_NaN();

std::size_t bytes_of(Room::Type type) {
  return type == Room::Type::float64 ? sizeof(double) : type == Room::Type::int32 ? sizeof(std::int32_t) : sizeof(real);
}

std::size_t at(int i) { return static_cast<std::size_t>(i); }

// One layer with all that it is handed.
struct Step {
  const Graph::Entry* entry = nullptr;
  Needs needs;
  std::vector<int> params;
  std::vector<Block> keep;
  Block scratch;
  std::vector<ConstView> x;
  std::vector<View> dx;
  std::vector<const real*> param_pointers;
  std::vector<real*> gradient_pointers;
  std::vector<const double*> state;
  std::vector<double*> next;
  std::vector<void*> keep_pointers;
  Pass pass;
  Back back;

  // In the order in which the plan makes these calls, and cut as it cuts them.
  template <class Frame, class Gather>
  std::vector<double> gather(const Frame& frame, std::size_t each, const Cut& cut, Gather call) const {
    const bool per_sample = needs.coupling.per == Coupling::Per::sample;
    std::vector<double> all(at(per_sample ? frame.batch : cut.total()) * each);
    for_chunks(cut, [&](Rows rows, int) {
      const std::size_t first = at(per_sample ? rows.begin : rows.index), count = at(per_sample ? rows.count() : 1);
      call(rows, std::span(all).subspan(first * each, count * each));
    });
    return all;
  }

  template <class Visit>
  static void for_chunks(const Cut& cut, Visit visit) {
    for (int piece = 0; piece < cut.pieces; ++piece)
      for (int chunk = 0; chunk < cut.chunks; ++chunk) visit(cut.rows(piece, chunk), piece);
  }

  bool recurs() const { return needs.coupling.per == Coupling::Per::channel && pass.mode != Mode::evaluate; }

  void forward(const Cut& before, const Cut& cut) {
    const Layer& layer = *entry->layer;
    layer.prepare(pass);
    if (recurs()) {
      layer.recur(pass, {0, needs.coupling.channels});
    } else if (needs.coupling.per != Coupling::Per::none) {
      std::vector<double> all;
      if (pass.mode != Mode::evaluate && needs.coupling.forward > 0)
        all =
            gather(pass, needs.coupling.forward, before, [&](Rows rows, std::span<double> out) { layer.gather(pass, rows, out); });
      layer.settle(pass, all);
    }
    for_chunks(cut, [&](Rows rows, int) { layer.forward(pass, rows); });
  }

  void backward(std::span<const Range> ranges, const Cut& before, const Cut& cut) {
    const Layer& layer = *entry->layer;
    if (recurs()) {
      layer.recur_back(back, {0, needs.coupling.channels}, {});
    } else if (needs.coupling.per != Coupling::Per::none) {
      std::vector<double> all;
      if (back.mode != Mode::evaluate && needs.coupling.backward > 0)
        all = gather(back, needs.coupling.backward, before,
                     [&](Rows rows, std::span<double> out) { layer.gather_back(back, rows, out); });
      layer.settle_back(back, all);
    }
    if (!recurs()) for_chunks(cut, [&](Rows rows, int) { layer.backward(back, rows); });
    if (!params.empty()) gradient(ranges, cut);
  }

  void gradient(std::span<const Range> ranges, const Cut& cut) {
    const Layer& layer = *entry->layer;
    if (needs.cut == GradientCut::outputs) {
      const int strip = gradient_strip(needs, back.batch);
      for (int first = 0; first < needs.gradient_units; first += strip)
        layer.gradient(back, {first, std::min(first + strip, needs.gradient_units)}, {gradient_pointers, false});
      return;
    }
    std::vector<std::vector<real>> sums;
    std::vector<real*> pointers;
    for (int p : params) sums.emplace_back(ranges[at(p)].size, nan);
    for (std::vector<real>& sum : sums) pointers.push_back(sum.data());
    int last = -1;
    for_chunks(cut, [&](Rows rows, int piece) {
      layer.gradient(back, rows, {piece == 0 ? gradient_pointers : pointers, piece == last});
      last = piece;
      const bool complete = rows.index % cut.chunks == cut.chunks - 1;
      for (std::size_t p = 0; piece > 0 && complete && p < sums.size(); ++p)
        for (std::size_t i = 0; i < sums[p].size(); ++i) gradient_pointers[p][i] += sums[p][i];
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
        steps_[at(i)].forward(before, cut);
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
  std::pair<Cut, Cut> cuts_of(int i, const std::vector<Stage>& stages, const std::vector<int>& stage_of) const {
    for (std::size_t p = 0; p < timetable_.passes.size(); ++p)
      if (timetable_.passes[p].entries[0] == i && !stages.empty()) {
        const std::size_t at_stage = std::min(at(stage_of[p]), stages.size() - 1);
        return {stages[at_stage > 0 ? at_stage - 1 : 0].cut(batch_), stages[at_stage].cut(batch_)};
      }
    return {Cut{batch_}, Cut{batch_}};
  }

  void make(int i) {
    Step& step = steps_[at(i)];
    step.entry = &graph_.entries()[at(i)];
    const Mode mode = weights_.mode_of(i, mode_);
    step.needs = graph_.needs(i, batch_, mode, best_isa());
    step.params = weights_.params_of(i);
    step.scratch = Block(step.needs.lane_scratch.shared * bytes_of(step.needs.lane_scratch.type));
    run_.values[at(i)].assign(values_of(step.entry->shape), nan);
    for (const Room& room : step.needs.keep) {
      step.keep.emplace_back((room.shared + room.per_sample * at(batch_)) * bytes_of(room.type));
      step.keep_pointers.push_back(step.keep.back().data());
    }
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
    Frame frame;
    frame.mode = mode;
    frame.batch = batch_;
    frame.kernels = &kernels(best_isa());
    frame.random = Random(weights_.seed()).of(static_cast<std::uint64_t>(i)).of(pass_number_);
    frame.x = step.x;
    frame.params = step.param_pointers;
    frame.state = step.state;
    frame.next = step.next;
    frame.keep = step.keep_pointers;
    frame.scratch = step.scratch.data();
    static_cast<Frame&>(step.pass) = static_cast<Frame&>(step.back) = frame;
    step.pass.y = {run_.values[at(i)].data(), step.entry->shape, batch_};
  }

  void go_back(int i) {
    Step& step = steps_[at(i)];
    step.back.y = step.pass.y;
    step.back.dy = {run_.gradients[at(i)].data(), step.entry->shape, batch_};
    for (int input : step.entry->inputs) run_.dx[at(i)].emplace_back(values_of(graph_.entries()[at(input)].shape), nan);
    for (std::size_t k = 0; k < step.x.size(); ++k) step.dx.push_back({run_.dx[at(i)][k].data(), step.x[k].shape, batch_});
    step.back.dx = step.dx;
    const auto [before, cut] = cuts_of(i, timetable_.stages.backward, timetable_.stages.backward_of);
    step.backward(weights_.ranges(), before, cut);
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
  std::vector<Step> steps_;
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
