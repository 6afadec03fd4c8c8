#include "tests/support/reference_run.h"

#include <algorithm>
#include <limits>

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
struct Stage {
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

  template <class Frame, class Gather>
  std::vector<double> gather(const Frame& frame, std::size_t each, Gather call) const {
    const int pieces = pieces_for(needs, frame.batch);
    const bool per_sample = needs.coupling.per == Coupling::Per::sample;
    std::vector<double> all(at(per_sample ? frame.batch : pieces) * each);
    for (int piece = 0; piece < pieces; ++piece) {
      const Rows rows = piece_of(frame.batch, pieces, piece);
      const std::size_t first = at(per_sample ? rows.begin : piece), count = at(per_sample ? rows.count() : 1);
      call(rows, std::span(all).subspan(first * each, count * each));
    }
    return all;
  }

  void forward() {
    const Layer& layer = *entry->layer;
    if (needs.coupling.per != Coupling::Per::none) {
      std::vector<double> all;
      if (pass.mode != Mode::evaluate)
        all = gather(pass, needs.coupling.forward, [&](Rows rows, std::span<double> out) { layer.gather(pass, rows, out); });
      layer.settle(pass, all);
    }
    const int pieces = pieces_for(needs, pass.batch);
    for (int piece = 0; piece < pieces; ++piece) layer.forward(pass, piece_of(pass.batch, pieces, piece));
  }

  void backward(std::span<const Range> ranges) {
    const Layer& layer = *entry->layer;
    if (needs.coupling.per != Coupling::Per::none) {
      std::vector<double> all;
      if (back.mode != Mode::evaluate)
        all = gather(back, needs.coupling.backward, [&](Rows rows, std::span<double> out) { layer.gather_back(back, rows, out); });
      layer.settle_back(back, all);
    }
    const int pieces = pieces_for(needs, back.batch);
    for (int piece = 0; piece < pieces; ++piece) layer.backward(back, piece_of(back.batch, pieces, piece));
    if (!params.empty()) gradient(ranges);
  }

  void gradient(std::span<const Range> ranges) {
    const int parts = gradient_parts_for(needs, back.batch);
    const bool by_rows = needs.cut == GradientCut::rows;
    for (int part = 0; part < parts; ++part) {
      const Rows rows = piece_of(by_rows ? back.batch : needs.gradient_units, parts, part);
      if (!by_rows || part == 0) {
        entry->layer->gradient(back, rows, {gradient_pointers, false});
        continue;
      }
      std::vector<std::vector<real>> sums;
      std::vector<real*> pointers;
      for (int p : params) sums.emplace_back(ranges[at(p)].size, nan);
      for (std::vector<real>& sum : sums) pointers.push_back(sum.data());
      entry->layer->gradient(back, rows, {pointers, false});
      for (std::size_t p = 0; p < sums.size(); ++p)
        for (std::size_t i = 0; i < sums[p].size(); ++i) gradient_pointers[p][i] += sums[p][i];
    }
  }
};

class Reference {
 public:
  Reference(const Graph& graph, Weights& weights, Mode mode, int batch, std::uint64_t pass_number)
      : graph_(graph), weights_(weights), mode_(mode), batch_(batch), pass_number_(pass_number), stages_(graph.entries().size()) {
    const std::size_t n = graph.entries().size();
    run_.values.resize(n), run_.gradients.resize(n), run_.dx.resize(n);
    run_.weight_gradients.assign(weights.block().size(), 0);
    run_.next_state.assign(weights.state_block().begin(), weights.state_block().end());
  }

  ReferenceRun run(std::span<const ConstView> inputs, const std::vector<std::vector<real>>& output_gradients) {
    std::size_t input = 0;
    for (int i = 0; i < static_cast<int>(stages_.size()); ++i) {
      if (graph_.entries()[at(i)].layer) {
        make(i);
        stages_[at(i)].forward();
      } else {
        run_.values[at(i)].assign(inputs[input].begin(), inputs[input].end());
        ++input;
      }
    }
    if (output_gradients.empty()) return std::move(run_);
    for (std::size_t k = 0; k < output_gradients.size(); ++k) run_.gradients[at(graph_.outputs()[k])] = output_gradients[k];
    for (int i = static_cast<int>(stages_.size()); i-- > 0;)
      if (stages_[at(i)].entry && !run_.gradients[at(i)].empty()) go_back(i);
    return std::move(run_);
  }

 private:
  std::size_t values_of(const Shape& shape) const { return at(batch_) * at(shape.size()); }

  void make(int i) {
    Stage& stage = stages_[at(i)];
    stage.entry = &graph_.entries()[at(i)];
    stage.needs = graph_.needs(i, batch_, mode_, best_isa());
    stage.params = weights_.params_of(i);
    stage.scratch = Block(stage.needs.lane_scratch.shared * bytes_of(stage.needs.lane_scratch.type));
    run_.values[at(i)].assign(values_of(stage.entry->shape), nan);
    for (const Room& room : stage.needs.keep) {
      stage.keep.emplace_back((room.shared + room.per_sample * at(batch_)) * bytes_of(room.type));
      stage.keep_pointers.push_back(stage.keep.back().data());
    }
    for (int input : stage.entry->inputs)
      stage.x.push_back({run_.values[at(input)].data(), graph_.entries()[at(input)].shape, batch_});
    for (int p : stage.params) {
      stage.param_pointers.push_back(weights_.ranges()[at(p)].weight);
      stage.gradient_pointers.push_back(run_.weight_gradients.data() + weights_.ranges()[at(p)].offset);
    }
    for (int s : weights_.state_of(i)) {
      const std::size_t offset = weights_.state_tensors()[at(s)].offset;
      stage.state.push_back(weights_.state_block().data() + offset);
      if (mode_ != Mode::evaluate) stage.next.push_back(run_.next_state.data() + offset);
    }
    Frame frame;
    frame.mode = mode_;
    frame.batch = batch_;
    frame.kernels = &kernels(best_isa());
    frame.random = Random(weights_.seed()).of(static_cast<std::uint64_t>(i)).of(pass_number_);
    frame.x = stage.x;
    frame.params = stage.param_pointers;
    frame.state = stage.state;
    frame.next = stage.next;
    frame.keep = stage.keep_pointers;
    frame.scratch = stage.scratch.data();
    static_cast<Frame&>(stage.pass) = static_cast<Frame&>(stage.back) = frame;
    stage.pass.y = {run_.values[at(i)].data(), stage.entry->shape, batch_};
  }

  void go_back(int i) {
    Stage& stage = stages_[at(i)];
    stage.back.y = stage.pass.y;
    stage.back.dy = {run_.gradients[at(i)].data(), stage.entry->shape, batch_};
    for (int input : stage.entry->inputs) run_.dx[at(i)].emplace_back(values_of(graph_.entries()[at(input)].shape), nan);
    for (std::size_t k = 0; k < stage.x.size(); ++k) stage.dx.push_back({run_.dx[at(i)][k].data(), stage.x[k].shape, batch_});
    stage.back.dx = stage.dx;
    stage.backward(weights_.ranges());
    for (std::size_t k = 0; k < stage.x.size(); ++k) {
      std::vector<real>& sum = run_.gradients[at(stage.entry->inputs[k])];
      const std::vector<real>& more = run_.dx[at(i)][k];
      if (sum.empty()) sum = more;
      else std::transform(sum.begin(), sum.end(), more.begin(), sum.begin(), std::plus<>());
    }
  }

  const Graph& graph_;
  Weights& weights_;
  Mode mode_;
  int batch_;
  std::uint64_t pass_number_;
  std::vector<Stage> stages_;
  ReferenceRun run_;
};

}  // namespace

ReferenceRun run_reference(const Graph& graph, Weights& weights, std::span<const ConstView> inputs,
                           const std::vector<std::vector<real>>& output_gradients, Mode mode, std::uint64_t pass_number) {
  return Reference(graph, weights, mode, inputs[0].batch, pass_number).run(inputs, output_gradients);
}

}  // namespace cambium
