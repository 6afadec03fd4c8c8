#include "cambium/framework/testing/layer_bench.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/framework/testing/count_allocations.h"

namespace cambium::testing {

namespace {

std::size_t count_of(const std::vector<int>& sizes) { return product_of(sizes).value_or(0); }
std::size_t values(const Shape& shape, int batch) { return as_size(shape.size()) * as_size(batch); }

// In [-1, 1], exact in float, not 0.
double draw_one(Random random, std::uint64_t i) {
  const double value = random.uniform(i, -1, 1);
  return static_cast<double>(static_cast<float>(std::fabs(value) < 1.0 / 64 ? value + 0.25 : value));
}

// n values around 0, `spacing` apart and off every kink, nearest to 0 first.
std::vector<double> grid(std::size_t n, double spacing, double distance, const std::vector<double>& kinks) {
  std::vector<double> points;
  for (std::size_t i = 0; points.size() < n; ++i) {
    const double steps = static_cast<double>(i / 2) + 0.5;
    // Not quite symmetric, so that means are not 0.
    const double point = static_cast<double>(static_cast<float>(spacing * ((i % 2 ? -steps : steps) + 0.1)));
    bool off = true;
    for (const double kink : kinks) off = off && std::fabs(point - kink) > distance;
    if (off) points.push_back(point);
  }
  return points;
}

}  // namespace

LayerBench::LayerBench(const Layer& layer, std::vector<Shape> in, BenchOptions options)
    : layer_(layer), in_(std::move(in)), options_(options) {
  if (options_.planned == 0) options_.planned = options_.batch;
  spec_ = layer_.plan({.in = in_, .batch = options_.planned, .mode = options_.mode, .isa = options_.isa});
  take_memory();
  draw(1);
}

void LayerBench::take_memory() {
  for (const Shape& shape : in_) {
    x_.emplace_back(values(shape, options_.batch) * sizeof(real));
    dx_.emplace_back(values(shape, options_.batch) * sizeof(real));
    hidden_x_.emplace_back(values(shape, options_.batch) * sizeof(real));
  }
  for (Guarded* out : {&y_, &hidden_y_, &dy_}) *out = Guarded(values(spec_.out, options_.batch) * sizeof(real));
  for (const Param& param : spec_.params) {
    params_.emplace_back(count_of(param.sizes) * sizeof(real));
    gradients_.emplace_back(count_of(param.sizes) * sizeof(real));
  }
  for (const State& state : spec_.state) {
    state_.emplace_back(count_of(state.sizes) * sizeof(double));
    next_.emplace_back(count_of(state.sizes) * sizeof(double));
    std::ranges::fill(state_.back().as<double>(), state.initial);
  }
  for (const Saved& each : spec_.saved) saved_.emplace_back(each.bytes(options_.planned));
  workspace_stride_ = aligned(spec_.workspace) + 64;  // the last 64 bytes are a band that no thread may write
  workspace_ = Guarded(workspace_stride_ * as_size(options_.threads));
  want_dx_.assign(in_.size(), true);
  frozen_.assign(spec_.params.size(), false);
}

void LayerBench::draw(std::uint64_t seed, double distance, const std::vector<double>& kinks) {
  std::size_t n = 0;
  for (const Guarded& x : x_) n += x.as<real>().size();
  const auto points = grid(n, std::max(4.0 / static_cast<double>(n), 2.5 * distance), distance, kinks);
  std::vector<int> order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = static_cast<int>(i);
  const Random random(seed);
  shuffle(order.data(), static_cast<int>(n), random.of(0));
  std::size_t next = 0;
  for (const Guarded& x : x_)
    for (real& value : x.as<real>()) value = static_cast<real>(points[as_size(order[next++])]);
  std::uint64_t counter = 0;
  for (real& value : dy_.as<real>()) value = static_cast<real>(draw_one(random.of(1), counter++));
  for (std::size_t i = 0; i < params_.size(); ++i) {
    const double scale = std::exp2(-std::floor(std::log2(std::sqrt(std::max(1, spec_.params[i].fan_in)))));
    for (real& value : params_[i].as<real>()) value = static_cast<real>(scale * draw_one(random.of(2), counter++));
  }
}

void LayerBench::commit() {
  if (options_.mode == Mode::evaluate) return;
  for (std::size_t i = 0; i < state_.size(); ++i) std::memcpy(state_[i].data(), next_[i].data(), state_[i].bytes());
}

// ------------------------------------------------------------------------------------------------------ what the layer is handed

void LayerBench::fill_context(Context& context) {
  param_pointers_.clear(), state_pointers_.clear(), next_pointers_.clear(), saved_pointers_.clear();
  for (const Guarded& param : params_) param_pointers_.push_back(param.as<real>().data());
  for (const Guarded& state : state_) state_pointers_.push_back(state.as<double>().data());
  for (const Guarded& saved : saved_) saved_pointers_.push_back(saved.data());
  if (options_.mode != Mode::evaluate)
    for (const Guarded& next : next_) next_pointers_.push_back(next.as<double>().data());
  context.mode = options_.mode;
  context.batch = options_.batch;
  context.kernels = &kernels(options_.isa);
  context.random = Random(options_.random);
  context.weights_version = weights_version_;
  context.x = x_views_;
  context.params = param_pointers_;
  context.state = state_pointers_;
  context.next = next_pointers_;
  context.buffers = saved_pointers_;
  context.workspace = workspace_.data();
  context.workspace_stride = workspace_stride_;
}

Forward LayerBench::make_forward() {
  x_views_.clear();
  for (int i = 0; i < inputs(); ++i) x_views_.push_back(x(i));
  Forward forward;
  fill_context(forward);
  forward.y = y();
  return forward;
}

Backward LayerBench::make_backward() {
  x_views_.clear(), dx_views_.clear();
  for (int i = 0; i < inputs(); ++i) {
    const Guarded& seen = spec_.reads_x || options_.show_x ? x_[as_size(i)] : hidden_x_[as_size(i)];
    x_views_.push_back({seen.as<real>().data(), in_[as_size(i)], options_.batch});
    dx_views_.push_back({want_dx_[as_size(i)] ? dx(i).data : nullptr, in_[as_size(i)], options_.batch});
  }
  Backward back;
  fill_context(back);
  const Guarded& seen = spec_.reads_y || options_.show_y ? y_memory() : hidden_y_;
  back.y = {seen.as<real>().data(), spec_.out, options_.batch};
  back.dy = dy();
  back.dx = dx_views_;
  return back;
}

std::vector<Slice> LayerBench::cut(int n) const {
  std::vector<Slice> slices;
  const int count = std::min(options_.slices, n);
  for (int i = 0; i < count; ++i) {
    Slice slice = slice_of(n, count, options_.reversed ? count - 1 - i : i);
    slice.thread = options_.reversed ? options_.threads - 1 - i % options_.threads : i % options_.threads;
    slices.push_back(slice);
  }
  return slices;
}

// ------------------------------------------------------------------------------------------------------ watching single calls

std::vector<LayerBench::Watched> LayerBench::all_memory() const {
  std::vector<Watched> all;
  const auto add = [&](const char* name, const std::vector<Guarded>& memories) {
    for (std::size_t i = 0; i < memories.size(); ++i) all.push_back({name + (" " + std::to_string(i)), &memories[i]});
  };
  add("x", x_), add("dx", dx_), add("x", hidden_x_), add("param", params_), add("gradient", gradients_), add("state", state_);
  add("next state", next_), add("saved buffer", saved_);
  all.push_back({"y", &y_}), all.push_back({"y", &hidden_y_}), all.push_back({"dy", &dy_}), all.push_back({"sums", &sums_});
  all.push_back({"workspace", &workspace_});
  for (const auto& partials : partials_) add("gradient of another slice", partials);
  return all;
}

LayerBench::Writable LayerBench::samples_of(const Guarded& memory, const Shape& shape, Slice samples) const {
  const std::size_t each = as_size(shape.size()) * sizeof(real);
  return {&memory, each * as_size(samples.begin), each * as_size(samples.end)};
}

// Of a parameter's gradient: what these outputs own.
LayerBench::Writable LayerBench::share_of(const Guarded& memory, Slice outputs) const {
  const std::size_t each = memory.bytes() / as_size(spec_.param_outputs);
  return {&memory, each * as_size(outputs.begin), each * as_size(outputs.end)};
}

LayerBench::Writable LayerBench::workspace_of(int thread) const {
  const std::size_t start = workspace_stride_ * as_size(thread);
  return {&workspace_, start, start + spec_.workspace};
}

std::vector<LayerBench::Writable> LayerBench::saved_of(Slice samples) const {
  std::vector<Writable> may;
  for (std::size_t i = 0; i < saved_.size(); ++i) {
    Saved one = spec_.saved[i];
    const std::size_t shared = one.bytes(0);
    one.shared = 0;
    may.push_back({&saved_[i], shared + one.bytes(samples.begin), shared + one.bytes(samples.end)});
  }
  may.push_back(workspace_of(samples.thread));
  return may;
}

std::vector<LayerBench::Writable> LayerBench::merged() const {
  std::vector<Writable> may;
  for (const Guarded& saved : saved_) may.push_back(whole(saved));
  for (const Guarded& next : next_) may.push_back(whole(next));
  may.push_back(whole(sums_));
  return may;
}

std::vector<LayerBench::Writable> LayerBench::dx_of(Slice samples) {
  std::vector<Writable> may;
  for (int i = 0; i < inputs(); ++i)
    if (want_dx_[as_size(i)]) may.push_back(samples_of(dx_memory(i), in_[as_size(i)], samples));
  return may;
}

void LayerBench::watched(const std::string& call, const std::vector<Writable>& may_write, const std::function<void()>& make) {
  workspace_.poison();
  if (!options_.watch) return make();
  const std::vector<Watched> all = all_memory();
  std::vector<std::vector<std::byte>> before;
  for (const Watched& named : all) before.push_back(named.memory->copy());

  const cambium_testing::AllocationCount count;
  make();
  if (const long taken = count.since()) report(call + " took memory " + std::to_string(taken) + " times");

  for (std::size_t i = 0; i < all.size(); ++i) {
    const Guarded& memory = *all[i].memory;
    if (!memory.intact()) report(call + " wrote outside " + all[i].name + ", into the guard band");
    for (const Writable& may : may_write)
      if (may.memory == &memory && may.end > may.begin)
        std::memcpy(before[i].data() + may.begin, memory.data() + may.begin, may.end - may.begin);
    if (memory.bytes() != 0 && std::memcmp(before[i].data(), memory.data(), memory.bytes()) != 0)
      report(call + " wrote to " + all[i].name + ", where it may not write");
  }
}

void LayerBench::check_written(const std::string& name, std::span<const real> written) {
  for (std::size_t i = 0; i < written.size(); ++i)
    if (is_poison(written[i]))
      return report(name + "[" + std::to_string(i) + "] was not written, or made from memory that was not written");
}

// A backward pass may never come: merge must leave all of the next state, also what merge_back moves after it.
void LayerBench::check_moved(CallKind kind) {
  for (std::size_t i = 0; options_.mode != Mode::evaluate && i < next_.size(); ++i)
    for (const double value : next_[i].as<double>())
      if (is_poison(value)) return report(std::string(name(kind)) + " left a part of next " + spec_.state[i].name + " unwritten");
}

void LayerBench::check_dx() {
  for (int i = 0; i < inputs(); ++i)
    if (want_dx_[as_size(i)]) check_written("dx" + (i ? " " + std::to_string(i) : ""), {dx(i).begin(), dx(i).size()});
}

void LayerBench::report(const std::string& fault) {
  if (std::ranges::find(faults_, fault) == faults_.end() && faults_.size() < 20) faults_.push_back(fault);
}

}  // namespace cambium::testing
