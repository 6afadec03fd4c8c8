#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "cambium/framework/base/environment.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/framework/planning/runner.h"

// How the passes of a plan get their pointers.
namespace cambium {

Runner::Runner(const Graph& g, Weights& w, PlanOptions o) : graph(g), weights(w.share()), options(std::move(o)) {
  check_environment();
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

  const auto count = static_cast<std::size_t>(lanes->count());
  arena = Block(timetable.bytes + (timetable.scratch_per_lane + timetable.local_per_lane + timetable.strip_per_lane) * count);
  scratch_ = arena.data() + timetable.bytes;
  local_ = scratch_ + timetable.scratch_per_lane * count;
  strips_ = local_ + timetable.local_per_lane * count;
  if (poisons()) poison();
  input_data.resize(timetable.inputs.size());

  if (options.mode != Mode::evaluate) moving = MovingState::join(weights);
  forward_locals_.assign(timetable.stages.forward.size(), Locals(count));
  backward_locals_.assign(timetable.stages.backward.size(), Locals(count));
  bound.resize(count);
  for (int lane = 0; lane < lanes->count(); ++lane)
    for (const ScheduledPass& pass : timetable.passes) {
      std::deque<Bound>& of_lane = bound[static_cast<std::size_t>(lane)];
      of_lane.emplace_back().scheduled = &pass;
      bind(of_lane.back(), lane);
      Bound& made = of_lane.back();
      for (std::size_t i = 0; i < made.next.size(); ++i) moving->add(pass.states[i], &made.state[i]);
    }
  bound_again.resize(count);
  for (int lane = 0; lane < lanes->count(); ++lane)
    for (const ScheduledAgain& scheduled : timetable.again)
      bind_again(bound_again[static_cast<std::size_t>(lane)].emplace_back(), scheduled, lane);
  for (const ScheduledPass& pass : timetable.passes)
    if (pass.trainable) covered.insert(covered.end(), pass.params.begin(), pass.params.end());
  for (const Stage& stage : timetable.stages.backward) stretches_.push_back(stretches_of(stage));
  for (int p = 0; p < static_cast<int>(weights.ranges().size()); ++p)
    if (std::find(covered.begin(), covered.end(), p) == covered.end()) uncovered.push_back(p);
}

// NaN wherever nobody may look: in all memory until it is written, and in a stretch as long as the longest value, which stands for
// every x and y that a layer did not ask to see on the way back.
void Runner::poison() {
  std::size_t longest = 1;
  for (const ScheduledTensor& t : timetable.tensors) longest = std::max(longest, static_cast<std::size_t>(t.shape.size()));
  nothing_ = Block(longest * static_cast<std::size_t>(options.batch) * sizeof(real));
  for (const Block* block : {&arena, &nothing_}) std::memset(block->data(), 0xff, block->bytes());
}

// Points at a buffer; where that holds one chunk, the pointer is noted, to be set for each chunk.
template <class Data>
void Runner::point(Data& data, int buffer, int lane) {
  data = static_cast<real*>(at(buffer));
  if (buffer < 0 || !timetable.buffers[static_cast<std::size_t>(buffer)].local) return;
  const Buffer& own = timetable.buffers[static_cast<std::size_t>(buffer)];
  const auto stage = static_cast<std::size_t>(own.first_stage), forward = forward_locals_.size();
  Locals& locals = stage < forward ? forward_locals_[stage] : backward_locals_[stage - forward - 1];
  std::byte* const memory = local_ + timetable.local_per_lane * static_cast<std::size_t>(lane) + own.offset;
  data = reinterpret_cast<real*>(memory);
  locals[static_cast<std::size_t>(lane)].push_back({const_cast<const real**>(&data), data, own.per_sample / sizeof(real)});
}

void Runner::bind(Bound& b, int lane) {
  const ScheduledPass& s = *b.scheduled;
  const std::span<const Range> ranges = weights.ranges();
  const auto backward_stage =
      static_cast<std::size_t>(timetable.stages.backward_of[static_cast<std::size_t>(&s - timetable.passes.data())]);
  const auto pieces =
      static_cast<std::size_t>(s.partial_gradients < 0 ? 1 : timetable.stages.backward[backward_stage].cut(options.batch).pieces);
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
    if (s.sums >= 0) {
      b.sums.push_back(static_cast<double*>(at(s.sums)) + offset);
      std::byte* const own = strips_ + timetable.strip_per_lane * static_cast<std::size_t>(lane);
      b.terms.push_back(frozen ? nullptr : reinterpret_cast<real*>(own) + offset);
    }
    offset += aligned(range.size * sizeof(real)) / sizeof(real);
  }
  b.sum_stride = offset;
  b.strip = b.gradients;
  for (int i : s.states) {
    const std::size_t at_state = weights.state_tensors()[static_cast<std::size_t>(i)].offset;
    b.state.push_back(std::as_const(weights).state_block().data() + at_state);
    if (s.mode != Mode::evaluate) b.next.push_back(moving->next(i));
  }
  for (int room : s.keep) b.keep.push_back(at(room));
  b.gathered = static_cast<double*>(at(s.gathered));
  b.gathered_back = static_cast<double*>(at(s.gathered_back));
  const auto point = [&](auto& data, int buffer) { this->point(data, buffer, lane); };
  for (int t : s.in) {
    b.x.push_back(view(t, -1, 0));
    b.back_x.push_back(view(t, -1, 0));
  }
  for (std::size_t k = 0; k < s.in.size(); ++k) {
    const ScheduledTensor& x = tensor(s.in[k]);
    point(b.x[k].data, x.value);
    if (hides(s.needs.reads_x)) b.back_x[k].data = nothing();
    else point(b.back_x[k].data, x.anew >= 0 ? x.anew : x.value);
  }

  Frame frame;
  frame.mode = s.mode;
  frame.kernels = &kernels(isa);
  frame.x = b.x;
  frame.params = b.params;
  frame.state = b.state;
  frame.next = b.next;
  frame.keep = b.keep;
  frame.scratch = scratch_;
  frame.scratch_stride = timetable.scratch_per_lane;
  static_cast<Frame&>(b.pass) = frame;
  b.pass.y = view(s.out, -1, 0);
  point(b.pass.y.data, tensor(s.out).value);
  if (!s.goes_back) return;

  static_cast<Frame&>(b.back) = frame;
  b.back.x = b.back_x;
  b.back.y = view(s.out, -1, 0);
  if (hides(s.needs.reads_y)) b.back.y.data = nothing();
  else point(b.back.y.data, tensor(s.out).anew >= 0 ? tensor(s.out).anew : tensor(s.out).value);
  b.back.dy = view(s.out, -1, 0);
  point(b.back.dy.data, tensor(s.out).gradient);
  for (std::size_t k = 0; k < s.in.size(); ++k) {
    b.dx.push_back(view(s.in[k], -1, 0));
    b.dx_targets.push_back(view(s.in[k], -1, 0));
  }
  for (std::size_t k = 0; k < s.in.size(); ++k) {
    point(b.dx[k].data, s.dx[k].buffer);
    point(b.dx_targets[k].data, s.dx[k].target);
  }
  b.back.dx = b.dx;
  const bool wanted = std::any_of(s.dx.begin(), s.dx.end(), [](const ScheduledGradient& dx) { return dx.wanted; });
  b.wants_dx = wanted && !recurs(b) && !(s.is_reshape && s.dx[0].buffer == tensor(s.out).gradient);
}

void Runner::bind_again(BoundAgain& b, const ScheduledAgain& s, int lane) {
  b.of = &bound_of(s.pass, lane);
  b.pass = b.of->pass;
  b.x = b.of->x;
  b.pass.x = b.x;
  for (std::size_t k = 0; k < b.x.size(); ++k) point(b.x[k].data, s.x[k], lane);
  point(b.pass.y.data, s.y, lane);
}

void Runner::bind_input(int index, const real* data) {
  const int input = timetable.inputs[static_cast<std::size_t>(index)];
  const auto is_this = [&](int t) {
    while (tensor(t).source >= 0) t = tensor(t).source;
    return t == input;
  };
  for (std::deque<Bound>& of_lane : bound)
    for (Bound& b : of_lane) {
      for (std::size_t k = 0; k < b.x.size(); ++k)
        if (tensor(b.scheduled->in[k]).value < 0 && is_this(b.scheduled->in[k])) {
          b.x[k].data = data;
          if (!hides(b.scheduled->needs.reads_x)) b.back_x[k].data = data;
        }
      if (tensor(b.scheduled->out).value < 0 && is_this(b.scheduled->out)) {
        b.pass.y.data = const_cast<real*>(data);
        if (!hides(b.scheduled->needs.reads_y)) b.back.y.data = data;
      }
    }
  for (std::deque<BoundAgain>& of_lane : bound_again)
    for (BoundAgain& b : of_lane)
      for (std::size_t k = 0; k < b.x.size(); ++k)
        if (const int t = b.of->scheduled->in[k]; tensor(t).value < 0 && is_this(t)) b.x[k].data = data;
  input_data[static_cast<std::size_t>(index)] = data;
}

void Runner::begin(int batch, std::uint64_t pass_number) noexcept {
  if (nothing_.bytes() != 0) std::memset(scratch_, 0xff, arena.bytes() - timetable.bytes);  // of the lanes
  for (std::deque<Bound>& of_lane : bound)
    for (Bound& b : of_lane) {
      for (std::vector<ConstView>* views : {&b.x, &b.back_x})
        for (ConstView& view : *views) view.batch = batch;
      for (std::vector<View>* views : {&b.dx, &b.dx_targets})
        for (View& view : *views) view.batch = batch;
      b.pass.y.batch = b.back.y.batch = b.back.dy.batch = batch;
      const Random random = Random(weights.seed()).of(static_cast<std::uint64_t>(b.scheduled->entries[0])).of(pass_number);
      for (Frame* frame : std::initializer_list<Frame*>{&b.pass, &b.back}) {
        frame->batch = batch;
        frame->random = random;
        frame->weights_version = weights.version();
      }
    }
  for (std::deque<BoundAgain>& of_lane : bound_again)
    for (BoundAgain& b : of_lane) {
      for (ConstView& view : b.x) view.batch = batch;
      static_cast<Frame&>(b.pass) = b.of->pass;
      b.pass.x = b.x;
      b.pass.y.batch = batch;
    }
}

// What has to be done after each backward stage, in pieces for the lanes.
std::vector<Stretch> Runner::stretches_of(const Stage& stage) const {
  constexpr std::size_t most = 16384;  // values: weight, gradient and moments of one stretch fit the second-level cache
  std::vector<Stretch> all;
  for (int p : stage.finish) {
    const Bound& b = bound_of(p);
    const Needs& needs = b.scheduled->needs;
    if (needs.cut == GradientCut::outputs && p != stage.gradient_first) {
      const int units = needs.gradient_units, strip = gradient_strip(needs, options.batch);
      const auto push = [&](int first, int last) {
        all.push_back({p, -1, static_cast<std::size_t>(first), static_cast<std::size_t>(std::min(units, last))});
      };
      const OutputCut cut = cut_of_outputs(needs);
      if (options.batch == 1 && cut.parts > 1) {  // each lane moves in one go what it reads
        const int shares = std::min(cut.parts, lanes->count());
        for (int i = 0; i < shares; ++i) {
          const Rows parts = piece_of(cut.parts, shares, i);
          push(parts.begin * cut.outputs, parts.end * cut.outputs);
        }
      } else {
        for (int first = 0; first < units; first += strip) push(first, first + strip);
      }
      continue;
    }
    for (int param = 0; param < static_cast<int>(b.gradients.size()); ++param)
      for (std::size_t first = 0; b.gradients[static_cast<std::size_t>(param)] && first < range_of(b, param).size; first += most)
        all.push_back({p, param, first, std::min(range_of(b, param).size, first + most)});
  }
  return all;
}

}  // namespace cambium
