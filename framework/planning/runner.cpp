#include "cambium/framework/planning/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "cambium/framework/kernels/kernels.h"

namespace cambium {

Runner::Runner(const Graph& g, Weights& w, PlanOptions o) : graph(g), weights(w), options(std::move(o)) {
  if (options.batch < 1)
    throw Error(fmt::format("plan: batch {}, which must be at least 1", options.batch), "a batch of 1 or more");
  if (options.mode == Mode::adapt && options.backward) throw Error("plan: adapt mode has no backward pass", ".mode = Mode::train");
  if (options.fold && options.mode != Mode::evaluate)
    throw Error(fmt::format("plan: .fold = true in {} mode, and statistics that move cannot be folded", name(options.mode)),
                ".mode = Mode::evaluate");
  if (options.fold && options.backward)
    throw Error("plan: .fold = true with .backward = true, and a folded pass has no way back", ".fold = false");
  weights.check_model(graph);
  timetable = make_timetable(graph, weights, options, isa);
  lanes = options.lanes ? options.lanes : std::make_shared<Lanes>(options.threads);

  const std::size_t buffers = pack(timetable.buffers);
  arena = Block(buffers + timetable.scratch_per_lane * static_cast<std::size_t>(lanes->count()));
  scratch_ = arena.data() + buffers;
  input_data.resize(timetable.inputs.size());

  std::vector<bool> covered(weights.ranges().size(), false);
  for (const ScheduledPass& pass : timetable.passes) {
    bound.emplace_back();
    bound.back().scheduled = &pass;
    bind(bound.back());
    for (int p : pass.params) covered[static_cast<std::size_t>(p)] = pass.trainable;
  }
  for (std::size_t p = 0; p < covered.size(); ++p)
    if (!covered[p]) uncovered.push_back(static_cast<int>(p));
}

void Runner::bind(Bound& b) {
  const ScheduledPass& s = *b.scheduled;
  const std::span<const Range> ranges = weights.ranges();
  const auto pieces = static_cast<std::size_t>(s.partial_gradients < 0 ? 1 : gradient_parts_for(s.needs, options.batch));
  b.partials.resize(pieces);
  std::size_t offset = 0;
  for (int p : s.params) {
    const Range& range = ranges[static_cast<std::size_t>(p)];
    const bool frozen = range.settings.freeze;
    b.params.push_back(range.weight);
    b.gradients.push_back(frozen ? nullptr : range.gradient);
    for (std::size_t piece = 0; piece < pieces; ++piece) {
      real* partial = piece == 0 ? range.gradient
                                 : static_cast<real*>(at(s.partial_gradients)) + (piece - 1) * partial_stride(s, weights) + offset;
      b.partials[piece].push_back(frozen ? nullptr : partial);
    }
    offset += aligned(range.size * sizeof(real)) / sizeof(real);
  }
  for (int i : s.states) {
    const std::size_t at_state = weights.state_tensors()[static_cast<std::size_t>(i)].offset;
    b.state.push_back(std::as_const(weights).state_block().data() + at_state);
    if (options.mode != Mode::evaluate) b.next.push_back(weights.next_state_block().data() + at_state);
  }
  for (int room : s.keep) b.keep.push_back(at(room));
  b.gathered = static_cast<double*>(at(s.gathered));
  b.gathered_back = static_cast<double*>(at(s.gathered_back));
  for (int t : s.in) b.x.push_back(view(t, tensor(t).value, 0));

  Frame frame;
  frame.mode = options.mode;
  frame.kernels = &kernels(isa);
  frame.x = b.x;
  frame.params = b.params;
  frame.state = b.state;
  frame.next = b.next;
  frame.keep = b.keep;
  frame.scratch = scratch_;
  frame.scratch_stride = timetable.scratch_per_lane;
  static_cast<Frame&>(b.pass) = frame;
  b.pass.y = view(s.out, tensor(s.out).value, 0);
  if (!s.goes_back) return;

  static_cast<Frame&>(b.back) = frame;
  b.back.y = b.pass.y;
  b.back.dy = view(s.out, tensor(s.out).gradient, 0);
  for (std::size_t k = 0; k < s.in.size(); ++k) {
    b.dx.push_back(view(s.in[k], s.dx[k].buffer, 0));
    b.dx_targets.push_back(view(s.in[k], s.dx[k].target, 0));
  }
  b.back.dx = b.dx;
}

void Runner::bind_input(int index, const real* data) {
  const int input = timetable.inputs[static_cast<std::size_t>(index)];
  const auto is_this = [&](int t) {
    while (tensor(t).source >= 0) t = tensor(t).source;
    return t == input;
  };
  for (Bound& b : bound) {
    for (std::size_t k = 0; k < b.x.size(); ++k)
      if (tensor(b.scheduled->in[k]).value < 0 && is_this(b.scheduled->in[k])) b.x[k].data = data;
    if (tensor(b.scheduled->out).value < 0 && is_this(b.scheduled->out))
      b.pass.y.data = const_cast<real*>(data), b.back.y.data = data;
  }
  input_data[static_cast<std::size_t>(index)] = data;
}

void Runner::set_batch(int batch) noexcept {
  for (Bound& b : bound) {
    for (ConstView& x : b.x) x.batch = batch;
    for (View& dx : b.dx) dx.batch = batch;
    for (View& dx : b.dx_targets) dx.batch = batch;
    b.pass.batch = b.pass.y.batch = b.back.batch = b.back.y.batch = b.back.dy.batch = batch;
  }
}

// Gathers piece by piece into `all`; returns what was gathered.
template <class Frame, class Gather>
std::span<double> Runner::gather(const Bound& b, const Frame& frame, double* all, std::size_t each, Gather call) noexcept {
  if (each == 0) return {};
  const Needs& needs = b.scheduled->needs;
  const int pieces = pieces_for(needs, frame.batch);
  const bool per_sample = needs.coupling.per == Coupling::Per::sample;
  lanes->run(pieces, [&](int piece, int lane) {
    Rows rows = piece_of(frame.batch, pieces, piece);
    rows.lane = lane;
    const auto first = static_cast<std::size_t>(per_sample ? rows.begin : piece),
               count = static_cast<std::size_t>(per_sample ? rows.count() : 1);
    call(rows, std::span<double>(all + first * each, count * each));
  });
  return {all, static_cast<std::size_t>(per_sample ? frame.batch : pieces) * each};
}

void Runner::run_forward(Bound& b) noexcept {
  const ScheduledPass& s = *b.scheduled;
  if (s.is_reshape) return;
  const Layer& layer = *s.layer;
  const Pass& pass = b.pass;
  const bool still_folded = s.folded && b.folded_at == weights.changes();
  if (s.needs.coupling.per != Coupling::Per::none && !still_folded) {
    std::span<double> all;
    if (pass.mode != Mode::evaluate)
      all = gather(b, pass, b.gathered, s.needs.coupling.forward,
                   [&](Rows rows, std::span<double> out) { layer.gather(pass, rows, out); });
    layer.settle(pass, all);
    b.folded_at = weights.changes();
  }
  const int pieces = pieces_for(s.needs, pass.batch);
  lanes->run(pieces, [&](int piece, int lane) {
    Rows rows = piece_of(pass.batch, pieces, piece);
    rows.lane = lane;
    layer.forward(pass, rows);
  });
}

void Runner::run_backward(Bound& b, bool add) noexcept {
  const ScheduledPass& s = *b.scheduled;
  const Layer& layer = *s.layer;
  const Back& back = b.back;
  if (!s.is_reshape && s.needs.coupling.per != Coupling::Per::none) {
    std::span<double> all;
    if (back.mode != Mode::evaluate)
      all = gather(b, back, b.gathered_back, s.needs.coupling.backward,
                   [&](Rows rows, std::span<double> out) { layer.gather_back(back, rows, out); });
    layer.settle_back(back, all);
  }
  if (s.trainable) run_gradient(b, add);  // before backward, which may overwrite dy
  const bool wanted = std::any_of(s.dx.begin(), s.dx.end(), [](const ScheduledGradient& dx) { return dx.wanted; });
  if (!wanted) return;
  const bool in_place = s.is_reshape && s.dx[0].buffer == tensor(s.out).gradient;
  if (!in_place) {
    const int pieces = pieces_for(s.needs, back.batch);
    lanes->run(pieces, [&](int piece, int lane) {
      Rows rows = piece_of(back.batch, pieces, piece);
      rows.lane = lane;
      layer.backward(back, rows);
    });
  }
  deliver(b);
}

void Runner::run_gradient(Bound& b, bool add) noexcept {
  const ScheduledPass& s = *b.scheduled;
  const int parts = gradient_parts_for(s.needs, b.back.batch);
  const bool by_rows = s.needs.cut == GradientCut::rows;
  const int whole = by_rows ? b.back.batch : s.needs.gradient_units;
  lanes->run(parts, [&](int index, int lane) {
    Rows part = piece_of(whole, parts, index);
    part.lane = lane;
    const bool own = by_rows && index > 0;
    s.layer->gradient(b.back, part, {own ? b.partials[static_cast<std::size_t>(index)] : b.gradients, add && !own});
  });
  if (!by_rows) return;
  for (int index = 1; index < parts; ++index)
    for (std::size_t p = 0; p < b.gradients.size(); ++p)
      if (real* sum = b.gradients[p])
        b.back.kernels->elementwise.add(sum, b.partials[static_cast<std::size_t>(index)][p], sum,
                                        weights.ranges()[static_cast<std::size_t>(s.params[p])].size);
}

// Brings gradients that were written aside to the tensor that they belong to.
void Runner::deliver(Bound& b) noexcept {
  for (std::size_t k = 0; k < b.dx.size(); ++k) {
    if (b.scheduled->dx[k].target < 0) continue;
    const View from = b.dx[k], to = b.dx_targets[k];
    if (b.scheduled->dx[k].add)
      b.back.kernels->elementwise.add(to.data, from.data, to.data, from.size());
    else
      std::memcpy(to.data, from.data, from.size() * sizeof(real));
  }
}

bool Runner::gradients_finite(const Bound& b) const noexcept {
  for (std::size_t p = 0; p < b.gradients.size(); ++p)
    if (b.gradients[p] && !b.back.kernels->elementwise.all_finite(
                              b.gradients[p], weights.ranges()[static_cast<std::size_t>(b.scheduled->params[p])].size))
      return false;
  return true;
}

void Runner::update(const Bound& b, Optimizer& optimizer) noexcept {
  constexpr std::size_t stretch = 16384;  // values: weight, gradient and moments of one stretch fit the second-level cache
  for (int p : b.scheduled->params) {
    const Range& range = weights.ranges()[static_cast<std::size_t>(p)];
    if (range.settings.freeze) continue;
    lanes->run(static_cast<int>((range.size + stretch - 1) / stretch), [&](int piece, int) {
      const std::size_t first = static_cast<std::size_t>(piece) * stretch;
      optimizer.update(range, first, std::min(first + stretch, range.size));
    });
  }
}

bool Runner::next_state_finite() const noexcept {
  for (const Bound& b : bound)
    for (std::size_t i = 0; i < b.next.size(); ++i)
      if (!kernels(isa).elementwise.all_finite_state(
              b.next[i], weights.state_tensors()[static_cast<std::size_t>(b.scheduled->states[i])].size))
        return false;
  return true;
}

void Runner::commit() noexcept {
  for (const Bound& b : bound)
    for (std::size_t i = 0; i < b.state.size(); ++i)
      std::memcpy(const_cast<double*>(b.state[i]), b.next[i],
                  weights.state_tensors()[static_cast<std::size_t>(b.scheduled->states[i])].size * sizeof(double));
  weights.mark_changed();
}

}  // namespace cambium
