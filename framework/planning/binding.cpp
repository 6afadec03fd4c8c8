#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "cambium/framework/base/environment.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/framework/planning/build_timetable.h"
#include "cambium/framework/planning/memory_plan.h"
#include "cambium/framework/planning/runner.h"

// How the ops of a plan get their pointers.
namespace cambium {

Runner::Runner(const Graph& g, Weights& w, PlanOptions o) : graph(g), weights(w.share()), options(std::move(o)) {
  check_environment();
  check_options();
  weights.check_model(graph);
  timetable = make_timetable(graph, weights, options, isa);
  pool = options.pool ? options.pool : std::make_shared<ThreadPool>(options.threads);
  take_memory();
  input_data.resize(timetable.inputs.size());
  if (options.mode != Mode::evaluate) moving = MovingState::join(weights);

  const auto threads = as_size(pool->count());
  forward_chunks_.assign(timetable.stages.forward.size(), ChunkViews(threads));
  backward_chunks_.assign(timetable.stages.backward.size(), ChunkViews(threads));
  ops.resize(threads), recomputes_.resize(threads);
  for (int thread = 0; thread < pool->count(); ++thread) {
    std::vector<BoundOp>& of_thread = ops[as_size(thread)];
    of_thread.reserve(timetable.ops.size());  // pointers into them are handed out
    for (const ScheduledOp& op : timetable.ops) {
      BoundOp& made = of_thread.emplace_back();
      made.op = &op;
      bind_state(made);
      bind_forward(made, thread);
      if (op.goes_back) bind_backward(made, thread);
    }
    std::vector<BoundRecompute>& again = recomputes_[as_size(thread)];
    again.reserve(timetable.recomputes.size());
    for (const ScheduledRecompute& scheduled : timetable.recomputes) bind_recompute(again.emplace_back(), scheduled, thread);
  }
  for (const int input : timetable.inputs) input_readers_.push_back(readers_of(input));
  update_.emplace(WeightUpdate::Of{timetable, weights, options, *pool, ops, arena.data(), blocks_});
  for (const ScheduledOp& op : timetable.ops)
    if (op.trainable) covered.insert(covered.end(), op.params.begin(), op.params.end());
  for (int p = 0; p < static_cast<int>(weights.ranges().size()); ++p)
    if (std::find(covered.begin(), covered.end(), p) == covered.end()) uncovered.push_back(p);
}

void Runner::check_options() const {
  if (options.batch < 1)
    throw Error(fmt::format("plan: batch {}, which must be at least 1", options.batch), "a batch of 1 or more");
  if (options.mode == Mode::adapt && options.backward) throw Error("plan: adapt mode has no backward pass", ".mode = Mode::train");
  if (options.fold && options.mode != Mode::evaluate)
    throw Error(fmt::format("plan: .fold = true in {} mode, and statistics that move cannot be folded", name(options.mode)),
                ".mode = Mode::evaluate");
  if (options.fold && options.backward)
    throw Error("plan: .fold = true with .backward = true, and a folded pass has no way back", ".fold = false");
}

// Where the library poisons: NaN in all memory until it is written, and in a run as long as the longest value, which stands for
// every x and y that a layer did not ask to see on the way back.
void Runner::take_memory() {
  const auto threads = as_size(pool->count());
  arena = Block(memory_of(timetable, pool->count()), "the activations of a plan");
  workspace_ = arena.data() + timetable.bytes;
  local_ = workspace_ + timetable.workspace_per_thread * threads;
  blocks_ = local_ + timetable.local_per_thread * threads;
  if (!poisons()) return;
  std::size_t longest = 1;
  for (const ScheduledTensor& t : timetable.tensors) longest = std::max(longest, as_size(t.shape.size()));
  nothing_ = Block(longest * as_size(options.batch) * sizeof(real), "what no layer should look at");
  for (const Block* block : {&arena, &nothing_}) std::memset(block->data(), 0xff, block->bytes());
}

// Points at a buffer; where that holds one chunk, the view is noted, to be told which.
template <class AnyView>
void Runner::bind_view(AnyView& view, int buffer, int thread) {
  view.data = static_cast<real*>(at(buffer));
  if (buffer < 0 || !timetable.buffers[as_size(buffer)].local) return;
  const Buffer& own = timetable.buffers[as_size(buffer)];
  const auto stage = as_size(own.first.stage), forward = forward_chunks_.size();
  ChunkViews& views = stage < forward ? forward_chunks_[stage] : backward_chunks_[stage - forward - 1];
  view.data = reinterpret_cast<real*>(local_ + timetable.local_per_thread * as_size(thread) + own.offset);
  views[as_size(thread)].push_back(&view.first);
}

void Runner::bind_state(BoundOp& b) {
  b.outputs = cut_of_outputs(b.spec());
  b.random = part_of_name(graph.entries()[as_size(b.op->entries[0])].name);
  for (int p : b.op->params) b.params.push_back(weights.ranges()[as_size(p)].weight);
  for (int i : b.op->states) {
    const std::size_t offset = weights.state_tensors()[as_size(i)].offset;
    b.state.push_back(std::as_const(weights).state_block().data() + offset);
    if (b.op->mode != Mode::evaluate) b.next.push_back(moving->next(i));
  }
  for (std::size_t i = 0; i < b.next.size(); ++i) moving->add(b.op->states[i], &b.state[i]);
  for (int buffer : b.op->saved) b.buffers.push_back(at(buffer));
  b.partial_sums = static_cast<double*>(at(b.op->partial_sums));
  b.partial_sums_back = static_cast<double*>(at(b.op->partial_sums_back));
}

void Runner::bind_forward(BoundOp& b, int thread) {
  const ScheduledOp& s = *b.op;
  for (int t : s.in) b.x.push_back(view(t, -1, 0));
  for (std::size_t k = 0; k < s.in.size(); ++k) bind_view(b.x[k], tensor(s.in[k]).value, thread);
  b.forward.mode = s.mode;
  b.forward.kernels = &kernels(isa);
  b.forward.x = b.x;
  b.forward.params = b.params;
  b.forward.state = b.state;
  b.forward.next = b.next;
  b.forward.buffers = b.buffers;
  b.forward.workspace = workspace_;
  b.forward.workspace_stride = timetable.workspace_per_thread;
  b.forward.y = view(s.out, -1, 0);
  bind_view(b.forward.y, tensor(s.out).value, thread);
}

void Runner::bind_backward(BoundOp& b, int thread) {
  const ScheduledOp& s = *b.op;
  const ScheduledTensor& out = tensor(s.out);
  const auto value_of = [](const ScheduledTensor& t) { return t.recomputed >= 0 ? t.recomputed : t.value; };
  const auto bind_value = [&](ConstView& view, const ScheduledTensor& t, bool asked) {
    if (hides(asked))
      view.data = nothing();
    else
      bind_view(view, value_of(t), thread);
  };
  for (int t : s.in) {
    b.backward_x.push_back(view(t, -1, 0));
    b.dx.push_back(view(t, -1, 0));
    b.dx_targets.push_back(view(t, -1, 0));
  }
  for (std::size_t k = 0; k < s.in.size(); ++k) {
    bind_value(b.backward_x[k], tensor(s.in[k]), s.spec.reads_x);
    bind_view(b.dx[k], s.dx[k].buffer, thread);
    bind_view(b.dx_targets[k], s.dx[k].target, thread);
  }
  static_cast<Context&>(b.backward) = b.forward;
  b.backward.x = b.backward_x;
  b.backward.y = view(s.out, -1, 0);
  bind_value(b.backward.y, out, s.spec.reads_y);
  b.backward.dy = view(s.out, -1, 0);
  bind_view(b.backward.dy, out.gradient, thread);
  b.backward.dx = b.dx;
  const bool wanted = std::any_of(s.dx.begin(), s.dx.end(), [](const ScheduledGradient& dx) { return dx.needed; });
  b.needs_dx = wanted && !recurs(s.spec, s.mode) && !(s.is_reshape && s.dx[0].buffer == out.gradient);
}

void Runner::bind_recompute(BoundRecompute& b, const ScheduledRecompute& s, int thread) {
  b.of = &bound_of(s.op, thread);
  b.forward = b.of->forward;
  b.x = b.of->x;
  b.forward.x = b.x;
  for (std::size_t k = 0; k < b.x.size(); ++k) bind_view(b.x[k], s.x[k], thread);
  bind_view(b.forward.y, s.y, thread);
}

std::vector<const real**> Runner::readers_of(int input) {
  std::vector<const real**> readers;
  const auto is_this = [&](int t) {
    const bool outside = tensor(t).value < 0;
    while (tensor(t).source >= 0) t = tensor(t).source;
    return outside && t == input;
  };
  for (std::vector<BoundOp>& of_thread : ops)
    for (BoundOp& b : of_thread) {
      for (std::size_t k = 0; k < b.x.size(); ++k) {
        if (!is_this(b.op->in[k])) continue;
        readers.push_back(&b.x[k].data);
        if (b.op->goes_back && !hides(b.spec().reads_x)) readers.push_back(&b.backward_x[k].data);
      }
      if (!is_this(b.op->out)) continue;
      readers.push_back(const_cast<const real**>(&b.forward.y.data));
      if (!hides(b.spec().reads_y)) readers.push_back(&b.backward.y.data);
    }
  for (std::vector<BoundRecompute>& of_thread : recomputes_)
    for (BoundRecompute& b : of_thread)
      for (std::size_t k = 0; k < b.x.size(); ++k)
        if (is_this(b.of->op->in[k])) readers.push_back(&b.x[k].data);
  return readers;
}

void Runner::bind_input(int index, const real* data) noexcept {
  for (const real** reader : input_readers_[as_size(index)]) *reader = data;
  input_data[as_size(index)] = data;
}

void Runner::bind_batch(int batch) noexcept {
  bound_batch_ = batch;
  for (std::vector<BoundOp>& of_thread : ops)
    for (BoundOp& b : of_thread) {
      for (std::vector<ConstView>* views : {&b.x, &b.backward_x})
        for (ConstView& view : *views) view.batch = batch;
      for (std::vector<View>* views : {&b.dx, &b.dx_targets})
        for (View& view : *views) view.batch = batch;
      b.forward.y.batch = b.backward.y.batch = b.backward.dy.batch = b.forward.batch = b.backward.batch = batch;
    }
  for (std::vector<BoundRecompute>& of_thread : recomputes_)
    for (BoundRecompute& b : of_thread) {
      for (ConstView& view : b.x) view.batch = batch;
      b.forward.y.batch = batch;
    }
}

void Runner::begin(int batch, std::uint64_t pass_number) noexcept {
  if (nothing_.bytes() != 0) std::memset(workspace_, 0xff, arena.bytes() - timetable.bytes);  // of the threads
  if (batch != bound_batch_) bind_batch(batch);
  for (std::vector<BoundOp>& of_thread : ops)
    for (BoundOp& b : of_thread) {
      const Random random = Random(weights.seed()).of(b.random).of(pass_number);
      for (Context* context : std::initializer_list<Context*>{&b.forward, &b.backward}) {
        context->random = random;
        context->weights_version = weights.version();
      }
    }
  for (std::vector<BoundRecompute>& of_thread : recomputes_)
    for (BoundRecompute& b : of_thread) {
      static_cast<Context&>(b.forward) = b.of->forward;
      b.forward.x = b.x;
    }
}

}  // namespace cambium
