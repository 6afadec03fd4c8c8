#include "cambium/framework/graph/plan.h"

#include <algorithm>
#include <cstring>
#include <deque>

#include <fmt/format.h>

#include "cambium/framework/planning/timetable.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {
namespace {

// One pass with its pointers filled in. The spans in `pass` and `back` point into the vectors beside them.
struct Bound {
  const ScheduledPass* scheduled = nullptr;
  std::vector<ConstView> x;
  std::vector<View> dx, dx_targets;
  std::vector<const real*> params;
  std::vector<real*> gradients;                  // null where frozen
  std::vector<std::vector<real*>> partials;      // by piece; piece 0 is `gradients`
  std::vector<const double*> state;
  std::vector<double*> next;
  std::vector<void*> keep;
  double *gathered = nullptr, *gathered_back = nullptr;
  Pass pass;
  Back back;
};

}  // namespace

struct Plan::Impl {
  Impl(const Graph& graph, Weights& weights, PlanOptions options);

  void bind(Bound& bound);
  void bind_input(int index, const real* data);
  void check_inputs(std::span<const ConstView> x) const;
  void prepare_backward(Optimizer* optimizer);

  void run_forward(Bound& bound) noexcept;
  void run_backward(Bound& bound, bool add) noexcept;
  void run_gradient(Bound& bound, bool add) noexcept;
  void deliver(Bound& bound) noexcept;
  bool gradients_finite(const Bound& bound) const noexcept;
  void update(const Bound& bound, Optimizer& optimizer) noexcept;
  bool next_state_finite() const noexcept;
  void commit() noexcept;
  template <class Frame, class Gather>
  std::span<double> gather(const Bound& bound, const Frame& frame, double* all, std::size_t each, Gather call) noexcept;

  void* at(int buffer) const { return buffer < 0 ? nullptr : arena.data() + timetable.buffers[static_cast<std::size_t>(buffer)].offset; }
  const ScheduledTensor& tensor(int i) const { return timetable.tensors[static_cast<std::size_t>(i)]; }
  View view(int t, int buffer, int rows) const { return {static_cast<real*>(at(buffer)), tensor(t).shape, rows}; }
  const ScheduledPass& observed(const std::string& layer) const;

  Graph graph;
  Weights& weights;
  PlanOptions options;
  Isa isa = best_isa();
  Timetable timetable;
  std::shared_ptr<Lanes> lanes;
  Block arena;
  std::byte* scratch = nullptr;
  std::deque<Bound> bound;
  std::vector<int> uncovered;  // parameters of layers that have no part in this plan
  std::vector<const real*> input_data;
  std::uint64_t pass_number = 0;
  int batch_now = 0;
  bool ready_for_backward = false, finite = true;
};

Plan::Impl::Impl(const Graph& g, Weights& w, PlanOptions o) : graph(g), weights(w), options(std::move(o)) {
  if (options.batch < 1)
    throw Error(fmt::format("plan: batch {}, which must be at least 1", options.batch), "a batch of 1 or more");
  if (options.mode == Mode::adapt && options.backward)
    throw Error("plan: adapt mode has no backward pass", ".mode = Mode::train");
  weights.check_model(graph);
  timetable = make_timetable(graph, weights, options, isa);
  lanes = options.lanes ? options.lanes : std::make_shared<Lanes>(options.threads);

  const std::size_t buffers = pack(timetable.buffers);
  arena = Block(buffers + timetable.scratch_per_lane * static_cast<std::size_t>(lanes->count()));
  scratch = arena.data() + buffers;
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

void Plan::Impl::bind(Bound& b) {
  const ScheduledPass& s = *b.scheduled;
  const std::span<const Range> ranges = weights.ranges();
  std::size_t pieces = s.partial_gradients < 0 ? 1 : most_pieces;
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
    b.state.push_back(weights.state_block().data() + at_state);
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
  frame.scratch = scratch;
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

// Points everything that reads this input of the model, itself or reshaped, at the caller's memory.
void Plan::Impl::bind_input(int index, const real* data) {
  const int input = timetable.inputs[static_cast<std::size_t>(index)];
  const auto is_this = [&](int t) {
    while (tensor(t).source >= 0) t = tensor(t).source;
    return t == input;
  };
  for (Bound& b : bound) {
    for (std::size_t k = 0; k < b.x.size(); ++k)
      if (tensor(b.scheduled->in[k]).value < 0 && is_this(b.scheduled->in[k])) b.x[k].data = data;
    if (tensor(b.scheduled->out).value < 0 && is_this(b.scheduled->out)) b.pass.y.data = const_cast<real*>(data), b.back.y.data = data;
  }
  input_data[static_cast<std::size_t>(index)] = data;
}

void Plan::Impl::check_inputs(std::span<const ConstView> x) const {
  if (x.size() != timetable.inputs.size())
    throw Error(fmt::format("forward: {} inputs, and the model has {}", x.size(), timetable.inputs.size()), "one view for each input, in order");
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Shape& shape = tensor(timetable.inputs[i]).shape;
    if (!x[i].data) throw Error(fmt::format("forward: input {} is empty", i), "a view of some samples");
    if (x[i].shape != shape)
      throw Error(fmt::format("forward: input {} has samples of {}, and the model takes {}", i, x[i].shape.str(), shape.str()), "samples of that shape");
    if (x[i].batch != x[0].batch)
      throw Error(fmt::format("forward: input {} has {} samples, and input 0 has {}", i, x[i].batch, x[0].batch), "the same number in each");
  }
  const int batch = x[0].batch;
  if (batch < 1 || batch > options.batch)
    throw Error(fmt::format("forward: a batch of {}, and the plan is for 1 to {}", batch, options.batch), fmt::format("PlanOptions .batch = {}", std::max(batch, 1)));
  for (const ScheduledPass& pass : timetable.passes)
    if (batch < pass.needs.min_batch) {
      for (int entry : pass.entries) graph.needs(entry, batch, options.mode);  // throws, and says it better
      throw Error(fmt::format("layer '{}' needs a batch of at least {}, and got {}", pass.name, pass.needs.min_batch, batch), "a larger batch");
    }
}

// Gathers piece by piece into `all`; returns what was gathered.
template <class Frame, class Gather>
std::span<double> Plan::Impl::gather(const Bound& b, const Frame& frame, double* all, std::size_t each, Gather call) noexcept {
  const Needs& needs = b.scheduled->needs;
  const int pieces = pieces_for(needs, frame.batch);
  const bool per_sample = needs.coupling.per == Coupling::Per::sample;
  lanes->run(pieces, [&](int piece, int lane) {
    Rows rows = piece_of(frame.batch, pieces, piece);
    rows.lane = lane;
    const auto first = static_cast<std::size_t>(per_sample ? rows.begin : piece), count = static_cast<std::size_t>(per_sample ? rows.count() : 1);
    call(rows, std::span<double>(all + first * each, count * each));
  });
  return {all, static_cast<std::size_t>(per_sample ? frame.batch : pieces) * each};
}

void Plan::Impl::run_forward(Bound& b) noexcept {
  const ScheduledPass& s = *b.scheduled;
  if (s.is_reshape) return;
  const Layer& layer = *s.layer;
  const Pass& pass = b.pass;
  if (s.needs.coupling.per != Coupling::Per::none) {
    std::span<double> all;
    if (pass.mode != Mode::evaluate)
      all = gather(b, pass, b.gathered, s.needs.coupling.forward, [&](Rows rows, std::span<double> out) { layer.gather(pass, rows, out); });
    layer.settle(pass, all);
  }
  const int pieces = pieces_for(s.needs, pass.batch);
  lanes->run(pieces, [&](int piece, int lane) {
    Rows rows = piece_of(pass.batch, pieces, piece);
    rows.lane = lane;
    layer.forward(pass, rows);
  });
}

void Plan::Impl::run_backward(Bound& b, bool add) noexcept {
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

void Plan::Impl::run_gradient(Bound& b, bool add) noexcept {
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
        b.back.kernels->elementwise.add(sum, b.partials[static_cast<std::size_t>(index)][p], sum, weights.ranges()[static_cast<std::size_t>(s.params[p])].size);
}

// Brings gradients that were written aside to the tensor that they belong to.
void Plan::Impl::deliver(Bound& b) noexcept {
  for (std::size_t k = 0; k < b.dx.size(); ++k) {
    if (b.scheduled->dx[k].target < 0) continue;
    const View from = b.dx[k], to = b.dx_targets[k];
    if (b.scheduled->dx[k].add) b.back.kernels->elementwise.add(to.data, from.data, to.data, from.size());
    else std::memcpy(to.data, from.data, from.size() * sizeof(real));
  }
}

bool Plan::Impl::gradients_finite(const Bound& b) const noexcept {
  for (std::size_t p = 0; p < b.gradients.size(); ++p)
    if (b.gradients[p] && !b.back.kernels->elementwise.all_finite(b.gradients[p], weights.ranges()[static_cast<std::size_t>(b.scheduled->params[p])].size))
      return false;
  return true;
}

void Plan::Impl::update(const Bound& b, Optimizer& optimizer) noexcept {
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

bool Plan::Impl::next_state_finite() const noexcept {
  double sum = 0;  // 0 times anything finite
  for (const Bound& b : bound)
    for (std::size_t i = 0; i < b.next.size(); ++i)
      for (std::size_t k = 0; k < weights.state_tensors()[static_cast<std::size_t>(b.scheduled->states[i])].size; ++k) sum += 0 * b.next[i][k];
  return sum == 0;
}

void Plan::Impl::commit() noexcept {
  for (const Bound& b : bound)
    for (std::size_t i = 0; i < b.state.size(); ++i)
      std::memcpy(const_cast<double*>(b.state[i]), b.next[i], weights.state_tensors()[static_cast<std::size_t>(b.scheduled->states[i])].size * sizeof(double));
}

ConstView Plan::forward(std::span<const ConstView> x) {
  Impl& plan = *impl_;
  plan.check_inputs(x);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (plan.input_data[i] != x[i].data) plan.bind_input(static_cast<int>(i), x[i].data);
  plan.batch_now = x[0].batch;
  for (Bound& b : plan.bound) {
    for (ConstView& view : b.x) view.batch = plan.batch_now;
    b.pass.batch = b.pass.y.batch = plan.batch_now;
    b.pass.random = Random(plan.weights.seed()).of(static_cast<std::uint64_t>(b.scheduled->entries[0])).of(plan.pass_number);
    plan.run_forward(b);
  }
  ++plan.pass_number;
  plan.ready_for_backward = plan.timetable.has_backward;
  if (plan.options.mode == Mode::adapt && (plan.finite = plan.next_state_finite())) plan.commit();
  return output();
}

void Plan::Impl::prepare_backward(Optimizer* optimizer) {
  if (!timetable.has_backward) throw Error(fmt::format("backward: this plan is for {} mode", name(options.mode)), "PlanOptions .mode = Mode::train");
  if (!ready_for_backward) throw Error("backward: there was no forward pass since the last one", "forward(x) first");
  ready_for_backward = false;
  if (optimizer) optimizer->prepare(weights);
  for (Bound& b : bound) {
    b.back.batch = b.back.y.batch = b.back.dy.batch = batch_now;
    b.back.random = b.pass.random;
    for (View& view : b.dx) view.batch = batch_now;
    for (View& view : b.dx_targets) view.batch = batch_now;
  }
}

void Plan::backward(Optimizer* optimizer) {
  Impl& plan = *impl_;
  plan.prepare_backward(optimizer);
  const bool add = !plan.weights.gradients_used();
  const bool on_the_way = optimizer && !optimizer->needs_whole_gradient();
  const std::span<const Range> ranges = plan.weights.ranges();
  if (!add)
    for (int p : plan.uncovered) std::memset(ranges[static_cast<std::size_t>(p)].gradient, 0, ranges[static_cast<std::size_t>(p)].size * sizeof(real));

  plan.finite = true;
  for (int i = 0; i < outputs(); ++i) plan.finite &= kernels(plan.isa).elementwise.all_finite(output_gradient(i).data, output_gradient(i).size());
  const bool stepping = on_the_way && plan.finite;
  if (stepping) optimizer->begin(ranges);
  for (auto b = plan.bound.rbegin(); b != plan.bound.rend(); ++b) {
    if (!b->scheduled->goes_back) continue;
    plan.run_backward(*b, add);
    if (b->scheduled->trainable) plan.finite &= plan.gradients_finite(*b);
    if (on_the_way && plan.finite) plan.update(*b, *optimizer);
  }
  // What is not finite is given up: later gradients must not be added to it.
  plan.weights.mark_gradients_used(on_the_way || (optimizer && !plan.finite));
  if (stepping) plan.weights.raise_version();  // some weights may have moved, even if not all
  if (!plan.finite) return;
  if (plan.options.mode == Mode::train) plan.commit();
  if (on_the_way) {
    for (int p : plan.uncovered) optimizer->update(ranges[static_cast<std::size_t>(p)], 0, ranges[static_cast<std::size_t>(p)].size);
  } else if (optimizer) {
    optimizer->step(plan.weights);
  }
}

Plan::Plan(const Graph& graph, Weights& weights, PlanOptions options) : impl_(std::make_unique<Impl>(graph, weights, std::move(options))) {}
Plan::~Plan() = default;
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;

bool Plan::finite() const { return impl_->finite; }
int Plan::outputs() const { return static_cast<int>(impl_->timetable.outputs.size()); }
int Plan::batch() const { return impl_->options.batch; }
Mode Plan::mode() const { return impl_->options.mode; }
std::size_t Plan::bytes() const { return impl_->arena.bytes(); }
std::uint64_t Plan::pass_number() const { return impl_->pass_number; }
void Plan::set_pass_number(std::uint64_t number) { impl_->pass_number = number; }

namespace {
void check_index(const char* what, int i, std::size_t count) {
  if (i < 0 || i >= static_cast<int>(count)) throw Error(fmt::format("{} {}: there are {}", what, i, count), "a number from 0");
}
}  // namespace

ConstView Plan::output(int i) const {
  check_index("output", i, impl_->timetable.outputs.size());
  const int t = impl_->timetable.outputs[static_cast<std::size_t>(i)];
  const int producer = impl_->tensor(t).producer;
  return {impl_->bound[static_cast<std::size_t>(producer)].pass.y.data, impl_->tensor(t).shape, impl_->batch_now};
}

View Plan::output_gradient(int i) {
  check_index("output gradient", i, impl_->timetable.outputs.size());
  const int t = impl_->timetable.outputs[static_cast<std::size_t>(i)];
  if (!impl_->timetable.has_backward) throw Error(fmt::format("output_gradient: this plan is for {} mode", name(mode())), "PlanOptions .mode = Mode::train");
  return impl_->view(t, impl_->tensor(t).gradient, impl_->batch_now);
}

ConstView Plan::input_gradient(int i) const {
  check_index("input gradient", i, impl_->timetable.inputs.size());
  const int t = impl_->timetable.inputs[static_cast<std::size_t>(i)];
  if (impl_->tensor(t).gradient < 0 && impl_->options.input_gradient && impl_->timetable.has_backward)
    throw Error(fmt::format("input_gradient: input {} leads to no output of this plan, so it has none", i), "another stop or output");
  if (impl_->tensor(t).gradient < 0) throw Error("input_gradient: this plan does not compute it", "PlanOptions .input_gradient = true");
  return impl_->view(t, impl_->tensor(t).gradient, impl_->batch_now);
}

const ScheduledPass& Plan::Impl::observed(const std::string& layer) const {
  graph.find(layer);
  for (const ScheduledPass& pass : timetable.passes)
    if (pass.observed && pass.name == layer) return pass;
  throw Error(fmt::format("layer '{}' is not observed", layer), fmt::format("PlanOptions .observe = {{\"{}\"}}", layer));
}

ConstView Plan::input_of(const std::string& layer, int input) const {
  const ScheduledPass& pass = impl_->observed(layer);
  check_index("input", input, pass.in.size());
  return impl_->bound[static_cast<std::size_t>(&pass - impl_->timetable.passes.data())].x[static_cast<std::size_t>(input)];
}

ConstView Plan::output_of(const std::string& layer) const {
  const ScheduledPass& pass = impl_->observed(layer);
  return impl_->bound[static_cast<std::size_t>(&pass - impl_->timetable.passes.data())].pass.y;
}

ConstView Plan::output_gradient_of(const std::string& layer) const {
  const ScheduledPass& pass = impl_->observed(layer);
  if (!impl_->timetable.has_backward) throw Error("there is no backward pass in this plan", "PlanOptions .mode = Mode::train");
  return impl_->view(pass.out, impl_->tensor(pass.out).gradient, impl_->batch_now);
}

ConstView Plan::input_gradient_of(const std::string& layer, int input) const {
  const ScheduledPass& pass = impl_->observed(layer);
  check_index("input", input, pass.in.size());
  if (!impl_->timetable.has_backward) throw Error("there is no backward pass in this plan", "PlanOptions .mode = Mode::train");
  return impl_->view(pass.in[static_cast<std::size_t>(input)], pass.dx[static_cast<std::size_t>(input)].buffer, impl_->batch_now);
}

}  // namespace cambium
