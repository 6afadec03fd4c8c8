#include "cambium/framework/planning/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "cambium/framework/base/denormals.h"
#include "cambium/framework/base/in_use.h"
#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/base/processors.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/framework/planning/build_timetable.h"
#include "cambium/framework/planning/memory_plan.h"
#include "cambium/framework/planning/runner.h"
#include "cambium/framework/planning/summary.h"

namespace cambium {

constexpr const char* one_each = "a plan for each thread, or a Predictor for all of them";
constexpr const char* no_readers = "a Predictor, which has weights of its own and may be asked while these move";

struct Plan::Impl : Runner {
  using Runner::Runner;

  void check_inputs(std::span<const ConstView> x) const;
  const ScheduledOp& observed(const std::string& layer) const;
  bool expect_gradients(bool step_on_the_way);  // true: they are added to
  void pass(std::span<const ConstView> x) noexcept;
  bool move_uncovered(Optimizer& optimizer) noexcept;
  void end_pass(bool well) noexcept;

  InUse in_use;
  std::uint64_t pass_number = 0;
  int batch_now = 0;
  bool ready_for_backward = false, finite = true;
};

void Plan::Impl::check_inputs(std::span<const ConstView> x) const {
  if (x.size() != timetable.inputs.size())
    throw Error(fmt::format("forward: {} inputs, and the model has {}", x.size(), timetable.inputs.size()),
                "one view for each input, in order");
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Shape& shape = tensor(timetable.inputs[i]).shape;
    if (!x[i].data) throw Error(fmt::format("forward: input {} is empty", i), "a view of some samples");
    if (x[i].shape != shape)
      throw Error(fmt::format("forward: input {} has samples of {}, and the model takes {}", i, x[i].shape.str(), shape.str()),
                  "samples of that shape");
    if (x[i].batch != x[0].batch)
      throw Error(fmt::format("forward: input {} has {} samples, and input 0 has {}", i, x[i].batch, x[0].batch),
                  "the same number in each");
  }
  const int batch = x[0].batch;
  if (batch < 1 || batch > options.batch)
    throw Error(fmt::format("forward: a batch of {}, and the plan is for 1 to {}", batch, options.batch),
                fmt::format("PlanOptions .batch = {}", std::max(batch, 1)));
  for (const ScheduledOp& op : timetable.ops)
    if (batch < op.spec.min_batch) {
      for (int entry : op.entries) graph.spec(entry, batch, op.mode);  // throws, and says it better
      throw Error(fmt::format("layer '{}' needs a batch of at least {}, and got {}", op.name, op.spec.min_batch, batch),
                  "a larger batch");
    }
}

ConstView Plan::forward(std::span<const ConstView> x) & {
  const FlushDenormals flush;
  Impl& plan = impl();
  const InUse::Hold hold(plan.in_use, "this plan", one_each);
  plan.check_inputs(x);
  if (plan.moving) {
    const InUse::Hold moving(plan.weights.in_use(), "these weights", no_readers);
    plan.pass(x);
  } else {
    const InUse::Look reading(plan.weights.in_use(), "these weights", no_readers);
    plan.pass(x);
    reading.check();
  }
  return output();
}

void Plan::Impl::pass(std::span<const ConstView> x) noexcept {
  for (std::size_t i = 0; i < x.size(); ++i)
    if (input_data[i] != x[i].data) bind_input(static_cast<int>(i), x[i].data);
  batch_now = x[0].batch;
  if (moving) moving->begin();
  begin(batch_now, pass_number);
  run_forward();
  ++pass_number;
  ready_for_backward = timetable.has_backward;
  if (options.mode == Mode::adapt) end_pass(next_state_finite());
}

void Plan::Impl::end_pass(bool well) noexcept {
  finite = well;
  if (!moving) return;
  if (well)
    commit();
  else
    moving->drop();
}

// Gradients of what this plan does not lead to are zeros, for a reader of all, or for what is added later.
bool Plan::Impl::expect_gradients(bool step_on_the_way) {
  const bool add = !weights.gradients_used();
  weights.expect_gradients(covered, step_on_the_way && !add && !options.retain_gradients);
  for (const int p : uncovered) {
    const Range& range = weights.ranges()[as_size(p)];
    if (!add) std::memset(range.gradient, 0, range.size * sizeof(real));
  }
  return add;
}

// What other plans have left a gradient for. False when it is not finite afterwards.
bool Plan::Impl::move_uncovered(Optimizer& optimizer) noexcept {
  bool good = true;
  for (const int p : uncovered)
    if (const Range& range = weights.ranges()[as_size(p)]; range.has_gradient)
      good &= optimizer.update_and_look(range, 0, range.size);
  weights.mark_changed();
  return good;
}

void Plan::forget() {
  Impl& plan = impl();
  const InUse::Hold hold(plan.in_use, "this plan", one_each), moving(plan.weights.in_use(), "these weights", no_readers);
  plan.ready_for_backward = false;
  if (plan.moving) plan.moving->drop();
}

void Plan::backward(Optimizer* optimizer) {
  const FlushDenormals flush;
  Impl& plan = impl();
  const InUse::Hold hold(plan.in_use, "this plan", one_each);
  if (!plan.timetable.has_backward)
    throw Error(fmt::format("backward: this plan is for {} mode", name(mode())), "PlanOptions .mode = Mode::train");
  if (!plan.ready_for_backward) throw Error("backward: there was no forward pass since the last one", "forward(x) first");
  const InUse::Hold moving(plan.weights.in_use(), "these weights", no_readers);
  if (optimizer) optimizer->prepare(plan.weights);
  plan.ready_for_backward = false;
  const bool on_the_way = optimizer && !optimizer->needs_whole_gradient();
  const bool add = plan.expect_gradients(on_the_way);
  const std::span<const Range> ranges = plan.weights.ranges();

  plan.finite = plan.next_state_finite();  // what forward made of the input, before any weight moves by it
  for (int i = 0; i < outputs(); ++i)
    plan.finite &= std::isfinite(kernels(plan.isa).elementwise.largest(output_gradient(i).data, output_gradient(i).size()));
  const bool stepping = on_the_way && plan.finite;
  if (stepping) optimizer->begin(ranges);
  const bool finite = plan.run_backward(add, stepping ? optimizer : nullptr);
  plan.finite = plan.finite && finite && plan.next_state_finite();
  // What is not finite counts as used: later gradients must not be added to it. It can be read, to find out what went wrong.
  if (!plan.finite && on_the_way)
    plan.weights.give_gradients_up();
  else if (!plan.finite || on_the_way)
    plan.weights.mark_gradients_used();
  if (stepping) plan.weights.raise_version();  // some weights may have moved, even if not all
  if (plan.finite && optimizer) plan.finite = on_the_way ? plan.move_uncovered(*optimizer) : optimizer->step(plan.weights);
  plan.end_pass(plan.finite);
}

Plan::Plan(const Graph& graph, Weights& weights, PlanOptions options) try
    : impl_(std::make_unique<Impl>(graph, weights, std::move(options))) {
} catch (const std::bad_alloc&) {
  no_memory_for("the plan of a model");
}
Plan::Impl& Plan::impl() const {
  if (!impl_) throw Error("this plan was moved away, and is empty", "the plan that it was moved to");
  return *impl_;
}

Plan::~Plan() = default;
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;

bool Plan::finite() const { return impl().finite; }
std::string Plan::bad_state() const {
  const Weights::StateTensor* bad = impl().bad_state();
  return bad ? bad->name : "";
}
int Plan::outputs() const { return static_cast<int>(impl().timetable.outputs.size()); }
int Plan::batch() const { return impl().options.batch; }
Mode Plan::mode() const { return impl().options.mode; }
std::size_t Plan::bytes_needed(const Graph& graph, const Weights& weights, const PlanOptions& options) {
  const int threads = options.pool ? options.pool->count() : options.threads > 0 ? options.threads : available_processors();
  return aligned(memory_of(make_timetable(graph, weights, options, best_isa()), threads));
}
std::size_t Plan::bytes() const { return impl().arena.bytes(); }
std::string Plan::summary() const { return summary_of(impl().timetable, batch(), bytes()); }
std::uint64_t Plan::pass_number() const { return impl().pass_number; }
void Plan::set_pass_number(std::uint64_t number) { impl().pass_number = number; }

namespace {
void check_index(const char* what, int i, std::size_t count) {
  if (i < 0 || i >= static_cast<int>(count)) throw Error(fmt::format("{} {}: there are {}", what, i, count), "a number from 0");
}
}  // namespace

ConstView Plan::output(int i) const {
  check_index("output", i, impl().timetable.outputs.size());
  const int t = impl().timetable.outputs[as_size(i)];
  const int producer = impl().tensor(t).producer;
  return {impl().bound_of(producer).forward.y.data, impl().tensor(t).shape, impl().batch_now};
}

View Plan::output_gradient(int i) {
  check_index("output gradient", i, impl().timetable.outputs.size());
  const int t = impl().timetable.outputs[as_size(i)];
  if (!impl().timetable.has_backward)
    throw Error(fmt::format("output_gradient: this plan is for {} mode", name(mode())), "PlanOptions .mode = Mode::train");
  return impl().view(t, impl().tensor(t).gradient, impl().batch_now);
}

ConstView Plan::input_gradient(int i) const {
  check_index("input gradient", i, impl().timetable.inputs.size());
  const int t = impl().timetable.inputs[as_size(i)];
  if (impl().tensor(t).gradient < 0 && impl().options.input_gradient && impl().timetable.has_backward)
    throw Error(fmt::format("input_gradient: input {} leads to no output of this plan, so it has none", i),
                "another stop or output");
  if (impl().tensor(t).gradient < 0)
    throw Error("input_gradient: this plan does not compute it", "PlanOptions .input_gradient = true");
  return impl().view(t, impl().tensor(t).gradient, impl().batch_now);
}

const ScheduledOp& Plan::Impl::observed(const std::string& layer) const {
  graph.find(layer);
  for (const ScheduledOp& op : timetable.ops)
    if (op.observed && op.name == layer) return op;
  throw Error(fmt::format("layer '{}' is not observed", layer), fmt::format("PlanOptions .observe = {{\"{}\"}}", layer));
}

ConstView Plan::input_of(const std::string& layer, int input) const {
  const ScheduledOp& op = impl().observed(layer);
  check_index("input", input, op.in.size());
  return impl().bound_of(static_cast<int>(&op - impl().timetable.ops.data())).x[as_size(input)];
}

ConstView Plan::output_of(const std::string& layer) const {
  const ScheduledOp& op = impl().observed(layer);
  return impl().bound_of(static_cast<int>(&op - impl().timetable.ops.data())).forward.y;
}

ConstView Plan::output_gradient_of(const std::string& layer) const {
  const ScheduledOp& op = impl().observed(layer);
  if (!impl().timetable.has_backward) throw Error("there is no backward pass in this plan", "PlanOptions .mode = Mode::train");
  return impl().view(op.out, impl().tensor(op.out).gradient, impl().batch_now);
}

ConstView Plan::input_gradient_of(const std::string& layer, int input) const {
  const ScheduledOp& op = impl().observed(layer);
  check_index("input", input, op.in.size());
  if (!impl().timetable.has_backward) throw Error("there is no backward pass in this plan", "PlanOptions .mode = Mode::train");
  return impl().view(op.in[as_size(input)], op.dx[as_size(input)].buffer, impl().batch_now);
}

}  // namespace cambium
