#include "cambium/framework/testing/layer_bench.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "cambium/framework/kernels/kernels.h"
#include "cambium/framework/testing/count_allocations.h"

namespace cambium::testing {

namespace {

std::size_t bytes_of(Room::Type type) {
  switch (type) {
    case Room::Type::reals: return sizeof(real);
    case Room::Type::float64: return sizeof(double);
    case Room::Type::int32: return sizeof(std::int32_t);
  }
  return 0;
}

std::size_t count_of(const std::vector<int>& sizes) {
  std::size_t n = 1;
  for (const int size : sizes) n *= static_cast<std::size_t>(size);
  return n;
}

std::size_t values(const Shape& shape, int batch) {
  return static_cast<std::size_t>(shape.size()) * static_cast<std::size_t>(batch);
}

std::string text(Rows rows) { return " of rows " + std::to_string(rows.begin) + " to " + std::to_string(rows.end); }

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
  needs_ = layer_.plan({.in = in_, .batch = options_.planned, .mode = options_.mode, .isa = options_.isa});
  take_memory();
  draw(1);
}

void LayerBench::take_memory() {
  for (const Shape& shape : in_) {
    x_.emplace_back(values(shape, options_.batch) * sizeof(real));
    dx_.emplace_back(values(shape, options_.batch) * sizeof(real));
    hidden_x_.emplace_back(values(shape, options_.batch) * sizeof(real));
  }
  for (Guarded* out : {&y_, &hidden_y_, &dy_}) *out = Guarded(values(needs_.out, options_.batch) * sizeof(real));
  for (const Param& param : needs_.params) {
    params_.emplace_back(count_of(param.sizes) * sizeof(real));
    gradients_.emplace_back(count_of(param.sizes) * sizeof(real));
  }
  for (const State& state : needs_.state) {
    state_.emplace_back(count_of(state.sizes) * sizeof(double));
    next_.emplace_back(count_of(state.sizes) * sizeof(double));
    std::ranges::fill(state_.back().as<double>(), state.initial);
  }
  for (const Room& room : needs_.keep)
    keep_.emplace_back((room.shared + room.per_sample * at(options_.planned)) * bytes_of(room.type));
  const std::size_t scratch = needs_.lane_scratch.shared * bytes_of(needs_.lane_scratch.type);
  scratch_stride_ = (scratch + 63) / 64 * 64 + 64;  // the last 64 bytes are a band that no lane may write
  scratch_ = Guarded(scratch_stride_ * at(options_.lanes));
  want_dx_.assign(in_.size(), true);
  frozen_.assign(needs_.params.size(), false);
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
    for (real& value : x.as<real>()) value = static_cast<real>(points[at(order[next++])]);
  std::uint64_t counter = 0;
  for (real& value : dy_.as<real>()) value = static_cast<real>(draw_one(random.of(1), counter++));
  for (std::size_t i = 0; i < params_.size(); ++i) {
    const double scale = std::exp2(-std::floor(std::log2(std::sqrt(std::max(1, needs_.params[i].fan_in)))));
    for (real& value : params_[i].as<real>()) value = static_cast<real>(scale * draw_one(random.of(2), counter++));
  }
}

void LayerBench::commit() {
  if (options_.mode == Mode::evaluate) return;
  for (std::size_t i = 0; i < state_.size(); ++i) std::memcpy(state_[i].data(), next_[i].data(), state_[i].bytes());
}

// ------------------------------------------------------------------------------------------------------ what the layer is handed

void LayerBench::fill_frame(Frame& frame) {
  param_pointers_.clear(), state_pointers_.clear(), next_pointers_.clear(), keep_pointers_.clear();
  for (const Guarded& param : params_) param_pointers_.push_back(param.as<real>().data());
  for (const Guarded& state : state_) state_pointers_.push_back(state.as<double>().data());
  for (const Guarded& keep : keep_) keep_pointers_.push_back(keep.data());
  if (options_.mode != Mode::evaluate)
    for (const Guarded& next : next_) next_pointers_.push_back(next.as<double>().data());
  frame.mode = options_.mode;
  frame.batch = options_.batch;
  frame.kernels = &kernels(options_.isa);
  frame.random = Random(options_.random);
  frame.weights_version = weights_version_;
  frame.x = x_views_;
  frame.params = param_pointers_;
  frame.state = state_pointers_;
  frame.next = next_pointers_;
  frame.keep = keep_pointers_;
  frame.scratch = scratch_.data();
  frame.scratch_stride = scratch_stride_;
}

Pass LayerBench::make_pass() {
  x_views_.clear();
  for (int i = 0; i < inputs(); ++i) x_views_.push_back(x(i));
  Pass pass;
  fill_frame(pass);
  pass.y = y();
  return pass;
}

Back LayerBench::make_back() {
  x_views_.clear(), dx_views_.clear();
  for (int i = 0; i < inputs(); ++i) {
    const Guarded& seen = needs_.reads_x || options_.show_x ? x_[at(i)] : hidden_x_[at(i)];
    x_views_.push_back({seen.as<real>().data(), in_[at(i)], options_.batch});
    dx_views_.push_back({want_dx_[at(i)] ? dx(i).data : nullptr, in_[at(i)], options_.batch});
  }
  Back back;
  fill_frame(back);
  const Guarded& seen = needs_.reads_y || options_.show_y ? y_memory() : hidden_y_;
  back.y = {seen.as<real>().data(), needs_.out, options_.batch};
  back.dy = dy();
  back.dx = dx_views_;
  return back;
}

std::vector<Rows> LayerBench::cut(int n) const {
  std::vector<Rows> pieces;
  const int count = std::min(options_.pieces, n);
  for (int i = 0; i < count; ++i) {
    Rows rows = piece_of(n, count, options_.reversed ? count - 1 - i : i);
    rows.lane = options_.reversed ? options_.lanes - 1 - i % options_.lanes : i % options_.lanes;
    pieces.push_back(rows);
  }
  return pieces;
}

// ------------------------------------------------------------------------------------------------------ watching single calls

std::vector<LayerBench::Named> LayerBench::all_memory() const {
  std::vector<Named> all;
  const auto add = [&](const char* name, const std::vector<Guarded>& memories) {
    for (std::size_t i = 0; i < memories.size(); ++i) all.push_back({name + (" " + std::to_string(i)), &memories[i]});
  };
  add("x", x_), add("dx", dx_), add("x", hidden_x_), add("param", params_), add("gradient", gradients_), add("state", state_);
  add("next state", next_), add("keep room", keep_);
  all.push_back({"y", &y_}), all.push_back({"y", &hidden_y_}), all.push_back({"dy", &dy_}), all.push_back({"scratch", &scratch_});
  all.push_back({"gathered numbers", &gathered_});
  for (const auto& sums : sums_) add("gradient of another piece", sums);
  return all;
}

LayerBench::Stretch LayerBench::rows_of(const Guarded& memory, const Shape& shape, Rows rows) const {
  const std::size_t row = at(shape.size()) * sizeof(real);
  return {&memory, row * at(rows.begin), row * at(rows.end)};
}

std::vector<LayerBench::Stretch> LayerBench::rows_kept(Rows rows) const {
  std::vector<Stretch> may;
  for (std::size_t i = 0; i < keep_.size(); ++i) {
    const Room& room = needs_.keep[i];
    const std::size_t size = bytes_of(room.type);
    may.push_back({&keep_[i], (room.shared + room.per_sample * at(rows.begin)) * size,
                   (room.shared + room.per_sample * at(rows.end)) * size});
  }
  const std::size_t start = at(rows.lane) * scratch_stride_;
  may.push_back({&scratch_, start, start + needs_.lane_scratch.shared * bytes_of(needs_.lane_scratch.type)});
  return may;
}

// What belongs to some of the gradient's units.
LayerBench::Stretch LayerBench::share_of(const Guarded& memory, Rows units) const {
  const std::size_t each = memory.bytes() / at(std::max(needs_.gradient_units, 1));
  return {&memory, each * at(units.begin), each * at(units.end)};
}

std::vector<LayerBench::Stretch> LayerBench::settled() const {
  std::vector<Stretch> may = rows_kept({});
  may.push_back(whole(gathered_));
  for (const Guarded& keep : keep_) may.push_back(whole(keep));
  if (options_.mode != Mode::evaluate)
    for (const Guarded& next : next_) may.push_back(whole(next));
  return may;
}

template <class Call>
void LayerBench::watched(const std::string& call, const std::vector<Stretch>& may_write, Call make) {
  scratch_.poison();
  if (!options_.watch) return make();
  const std::vector<Named> all = all_memory();
  std::vector<std::vector<std::byte>> before;
  for (const Named& named : all) before.push_back(named.memory->copy());

  const cambium_testing::AllocationCount count;
  make();
  if (const long taken = count.since()) report(call + " took memory " + std::to_string(taken) + " times");

  for (std::size_t i = 0; i < all.size(); ++i) {
    const Guarded& memory = *all[i].memory;
    if (!memory.intact()) report(call + " wrote outside " + all[i].name + ", into the guard band");
    for (const Stretch& may : may_write)
      if (may.memory == &memory && may.end > may.begin)
        std::memcpy(before[i].data() + may.begin, memory.data() + may.begin, may.end - may.begin);
    if (memory.bytes() != 0 && std::memcmp(before[i].data(), memory.data(), memory.bytes()) != 0)
      report(call + " wrote to " + all[i].name + ", where it may not write");
  }
}

void LayerBench::check_written(const std::string& name, std::span<const real> written) {
  for (std::size_t i = 0; i < written.size(); ++i)
    if (is_poison(written[i]))
      return report(name + "[" + std::to_string(i) + "] was not written, or made from memory that nobody had written");
}

// A backward pass may never come: settle must leave all of the next state, also what settle_back moves after it.
void LayerBench::check_moved() {
  for (std::size_t i = 0; options_.mode != Mode::evaluate && i < next_.size(); ++i)
    for (const double value : next_[i].as<double>())
      if (is_poison(value))
        return report((recurs() ? "recur" : "settle") + (" left a part of next " + needs_.state[i].name) + " unwritten");
}

void LayerBench::report(const std::string& fault) {
  if (std::ranges::find(faults_, fault) == faults_.end() && faults_.size() < 20) faults_.push_back(fault);
}

// ------------------------------------------------------------------------------------------------------ the calls of a step

template <class Gather>
std::span<double> LayerBench::gather_all(const char* call, std::size_t each, Gather gather) {
  const bool by_sample = needs_.coupling.per == Coupling::Per::sample;
  const auto pieces = cut(options_.batch);
  gathered_ = Guarded(each * (by_sample ? at(options_.batch) : pieces.size()) * sizeof(double));
  const auto all = gathered_.as<double>();
  for (const Rows rows : pieces) {
    const std::size_t first = each * at(by_sample ? rows.begin : rows.index), n = each * at(by_sample ? rows.count() : 1);
    std::vector<Stretch> may = rows_kept(rows);
    may.push_back({&gathered_, first * sizeof(double), (first + n) * sizeof(double)});
    watched(call + text(rows), may, [&] { gather(rows, all.subspan(first, n)); });
  }
  for (std::size_t i = 0; i < all.size(); ++i)
    if (is_poison(all[i])) {
      report(std::string(call) + " left number " + std::to_string(i) + " of " + std::to_string(all.size()) + " unwritten");
      break;
    }
  return all;
}

template <class Recur>
void LayerBench::recur(const std::string& name, const std::vector<Stretch>& may_write, Recur call) {
  for (const Rows channels : cut(needs_.coupling.channels)) watched(name, may_write, [&] { call(channels); });
}

void LayerBench::forward() {
  for (Guarded& keep : keep_) keep.poison();
  for (Guarded& next : next_) next.poison();
  const Pass pass = make_pass();
  const bool evaluate = options_.mode == Mode::evaluate;
  Pass before = pass;  // x has no values yet
  std::vector<ConstView> nothing;
  for (int i = 0; i < inputs(); ++i) nothing.push_back({hidden_x_[at(i)].as<real>().data(), in_[at(i)], options_.batch});
  before.x = nothing;
  std::vector<Stretch> rooms;
  for (const Guarded& keep : keep_) rooms.push_back(whole(keep));
  watched("prepare", needs_.prepares ? rooms : std::vector<Stretch>{}, [&] { layer_.prepare(before); });
  if (recurs()) {
    recur("recur", settled(), [&](Rows channels) { layer_.recur(pass, channels); });
    check_moved();
  } else if (coupled()) {
    std::span<double> all;
    const auto gather = [&](Rows rows, std::span<double> out) { layer_.gather(pass, rows, out); };
    if (!evaluate) all = gather_all("gather", needs_.coupling.forward, gather);
    watched("settle", settled(), [&] { layer_.settle(evaluate ? before : pass, all); });
    check_moved();
  }
  run_forward(pass);
}

void LayerBench::forward_alone() { run_forward(make_pass()); }

void LayerBench::run_forward(const Pass& pass) {
  if (!options_.y_is_x) y_.poison();
  for (const Rows rows : cut(options_.batch)) {
    std::vector<Stretch> may = rows_kept(rows);
    may.push_back(rows_of(y_memory(), needs_.out, rows));
    const int parts = needs_.parts ? std::min(options_.parts, needs_.gradient_units) : 1;
    for (int i = 0; i < parts; ++i) {
      Rows part = piece_of(needs_.gradient_units, parts, i);
      part.lane = (rows.lane + i) % options_.lanes;
      watched("forward" + text(rows), may,
              [&] { parts == 1 ? layer_.forward(pass, rows) : layer_.forward_part(pass, rows, part); });
    }
  }
  check_written("y", {y().begin(), y().size()});
}

void LayerBench::backward(bool add) {
  for (int i = 0; i < inputs(); ++i)
    if (!(options_.dx_is_dy && i == 0)) dx_[at(i)].poison();
  if (!add)
    for (Guarded& gradient : gradients_) gradient.poison();
  const Back back = make_back();
  if (recurs()) {
    std::vector<Stretch> may = settled();
    for (int i = 0; i < inputs(); ++i)
      if (want_dx_[at(i)]) may.push_back(whole(dx_memory(i)));
    recur("recur_back", may, [&](Rows channels) { layer_.recur_back(back, channels, {}); });
  } else if (coupled()) {
    const auto gather = [&](Rows rows, std::span<double> out) { layer_.gather_back(back, rows, out); };
    std::span<double> all;
    if (options_.mode != Mode::evaluate) all = gather_all("gather_back", needs_.coupling.backward, gather);
    watched("settle_back", settled(), [&] { layer_.settle_back(back, all); });
  }
  if (!options_.backward_first) run_gradient(back, add);
  if (std::ranges::find(want_dx_, true) != want_dx_.end()) run_backward(back);
  if (options_.backward_first) run_gradient(back, add);
}

void LayerBench::run_backward(const Back& back) {
  for (const Rows rows : recurs() ? std::vector<Rows>() : cut(options_.batch)) {
    std::vector<Stretch> may = rows_kept(rows);
    for (int i = 0; i < inputs(); ++i)
      if (want_dx_[at(i)]) may.push_back(rows_of(dx_memory(i), in_[at(i)], rows));
    watched("backward" + text(rows), may, [&] { layer_.backward(back, rows); });
  }
  for (int i = 0; i < inputs(); ++i)
    if (want_dx_[at(i)]) check_written("dx" + (i ? " " + std::to_string(i) : ""), {dx(i).begin(), dx(i).size()});
}

void LayerBench::run_gradient(const Back& back, bool add) {
  if (std::ranges::find(frozen_, false) == frozen_.end()) return;
  const bool by_rows = needs_.cut == GradientCut::rows;
  const auto parts = cut(by_rows ? options_.batch : needs_.gradient_units);
  sums_.clear();
  for (std::size_t i = 1; by_rows && i < parts.size(); ++i) {
    sums_.emplace_back();
    for (const Guarded& gradient : gradients_) sums_.back().emplace_back(gradient.bytes());
  }
  for (const Rows part : parts) {
    const auto& memory = by_rows && part.index > 0 ? sums_[at(part.index - 1)] : gradients_;
    std::vector<Stretch> may = by_rows ? rows_kept(part) : std::vector<Stretch>{rows_kept({0, 0, 0, part.lane}).back()};
    std::vector<real*> at_pointers;
    for (std::size_t i = 0; i < memory.size(); ++i) {
      at_pointers.push_back(frozen_[i] ? nullptr : memory[i].as<real>().data());
      if (!frozen_[i]) may.push_back(by_rows ? whole(memory[i]) : share_of(memory[i], part));
    }
    const Gradients gradients{at_pointers, add && (!by_rows || part.index == 0)};
    watched("gradient" + text(part), may, [&] { layer_.gradient(back, part, gradients); });
  }
  for (const auto& sums : sums_)  // in order of pieces, as the plan does
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const auto total = gradients_[i].as<real>(), sum = sums[i].as<real>();
      for (std::size_t j = 0; !frozen_[i] && j < sum.size(); ++j) total[j] += sum[j];
    }
  for (std::size_t i = 0; i < gradients_.size(); ++i)
    if (!frozen_[i]) check_written("gradient of " + needs_.params[i].name, gradients_[i].as<real>());
}

}  // namespace cambium::testing
