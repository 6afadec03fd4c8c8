#include "cambium/framework/planning/runner.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>

#include "cambium/framework/graph/profile.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

template <class Work>
void Runner::timed(const Bound& b, const char* phase, int lane, Work&& work) noexcept {
  if (!options.profile) return work();
  const auto now = [] { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); };
  const double start = now();
  work();
  options.profile->add({b.scheduled->name, phase, start, now() - start, lane});
}

// Before an inference only where it is folded: else somebody may write to weights through what they were handed long ago.
void Runner::prepare() noexcept {
  if (options.fold && prepared_at_ == weights.changes()) return;
  prepared_at_ = weights.changes();
  for (const Bound& b : bound[0]) {
    const Needs& needs = b.scheduled->needs;
    if (needs.prepares) timed(b, "prepare", 0, [&] { b.scheduled->layer->prepare(b.pass); });
    if (b.scheduled->mode == Mode::evaluate && needs.coupling.per != Coupling::Per::none)
      timed(b, "settle", 0, [&] { b.scheduled->layer->settle(b.pass, {}); });
  }
}

// What the stage before gathered for this pass, `each` numbers for every chunk or sample.
std::span<double> Runner::gathered(const Stage* before, const Bound& b, double* all, std::size_t each) const noexcept {
  if (b.scheduled->mode == Mode::evaluate || each == 0) return {};
  const bool per_sample = b.scheduled->needs.coupling.per == Coupling::Per::sample;
  return {all, static_cast<std::size_t>(per_sample ? b.pass.batch : before->cut(b.pass.batch).total()) * each};
}

// By outputs where these rows are the only piece: the lanes are free then.
void Runner::forward(const Bound& b, Rows rows, const Cut& cut) noexcept {
  const Layer& layer = *b.scheduled->layer;
  const OutputCut outputs = cut.pieces > 1 ? OutputCut{} : cut_of_outputs(b.scheduled->needs);
  if (outputs.parts == 1) return layer.forward(b.pass, rows);
  const int shares = std::min(outputs.parts, lanes->count());
  lanes->run(shares, [&](int share, int lane) {
    const Rows parts = piece_of(outputs.parts, shares, share);
    for (int part = parts.begin, first = part * outputs.outputs; part < parts.end; ++part, first += outputs.outputs)
      layer.forward_part(b.pass, rows, {first, std::min(first + outputs.outputs, b.scheduled->needs.gradient_units), part, lane});
  });
}

void Runner::make(const Call& call, Rows rows, const Cut& cut, int piece, bool first_chunk, bool add) noexcept {
  const Bound& b = bound_of(call.pass, rows.lane);
  const Layer& layer = *b.scheduled->layer;
  const Coupling& coupling = b.scheduled->needs.coupling;
  const auto numbers = [&](double* all, std::size_t each) {
    const bool per_sample = coupling.per == Coupling::Per::sample;
    const auto first = static_cast<std::size_t>(per_sample ? rows.begin : rows.index);
    return std::span<double>(all + first * each, (per_sample ? static_cast<std::size_t>(rows.count()) : 1) * each);
  };
  switch (call.kind) {
    case Call::Kind::gather:
      return timed(b, "gather", rows.lane, [&] { layer.gather(b.pass, rows, numbers(b.gathered, coupling.forward)); });
    case Call::Kind::forward:
      return timed(b, "forward", rows.lane, [&] { forward(b, rows, cut); });
    case Call::Kind::again: {
      const Pass& again = bound_again[static_cast<std::size_t>(rows.lane)][static_cast<std::size_t>(call.again)].pass;
      return timed(b, "again", rows.lane, [&] { layer.forward(again, rows); });
    }
    case Call::Kind::gather_back:
      return timed(b, "gather", rows.lane, [&] { layer.gather_back(b.back, rows, numbers(b.gathered_back, coupling.backward)); });
    case Call::Kind::gradient:
      return timed(b, "gradient", rows.lane, [&] { gradient(b, rows, cut, piece, first_chunk, add); });
    case Call::Kind::backward:
      if (b.wants_dx) timed(b, "backward", rows.lane, [&] { layer.backward(b.back, rows); });
      return deliver(b, rows);
  }
}

// Of one chunk, into what its piece has.
void Runner::gradient(const Bound& b, Rows rows, const Cut& cut, int piece, bool first_chunk, bool add) noexcept {
  const Layer& layer = *b.scheduled->layer;
  const auto which = static_cast<std::size_t>(piece);
  const int samples = samples_of_a_sum(b.scheduled->needs, b.pass.batch);
  if (samples == 0)
    return layer.gradient(b.back, rows, {cut.pieces > 1 ? b.partials[which] : b.gradients, !first_chunk || (add && piece == 0)});
  const int end = rows.end;
  for (bool first = first_chunk; rows.begin < end; rows.begin = rows.end, first = false) {
    rows.end = std::min(end, rows.begin + samples);
    layer.gradient(b.back, rows, {b.terms, false});
    for (std::size_t p = 0; p < b.terms.size(); ++p) {
      const std::size_t count = range_of(b, static_cast<int>(p)).size;
      if (b.terms[p]) b.back.kernels->elementwise.sum_up(b.terms[p], b.sums[p] + which * b.sum_stride, count, !first);
    }
  }
}

// Adds up what the pieces have of one parameter, in order.
void Runner::complete(const Bound& b, std::size_t param, std::size_t first, std::size_t count, int pieces, bool add) noexcept {
  const ElementwiseKernels& kernel = b.back.kernels->elementwise;
  real* const gradient = b.gradients[param] + first;
  if (samples_of_a_sum(b.scheduled->needs, b.pass.batch) == 0) {
    for (int piece = 1; piece < pieces; ++piece)
      kernel.add(gradient, b.partials[static_cast<std::size_t>(piece)][param] + first, gradient, count);
    return;
  }
  double* const sum = b.sums[param] + first;
  for (std::size_t piece = 1; piece < static_cast<std::size_t>(pieces); ++piece)
    for (std::size_t i = 0; i < count; ++i) sum[i] += sum[piece * b.sum_stride + i];
  kernel.take_sum(sum, gradient, count, add);
}

void Runner::run_calls(const Stage& stage, const Locals& locals, bool add) noexcept {
  if (stage.calls.empty()) return;
  const Cut cut = stage.cut(bound_of(0).pass.batch);
  lanes->run(cut.pieces, [&](int piece, int lane) {
    for (int chunk = 0; chunk < cut.chunks; ++chunk) {
      Rows rows = cut.rows(piece, chunk);
      rows.lane = lane;
      for (const Local& local : locals[static_cast<std::size_t>(lane)])
        *local.data = local.memory - static_cast<std::size_t>(rows.begin) * local.values;
      for (const Call& call : stage.calls) make(call, rows, cut, piece, chunk == 0, add);
    }
  });
}

// In shares of whole cache lines, each worth handing out: some ten microseconds.
template <class Recur>
void Runner::recur(const Bound& b, Recur call) noexcept {
  constexpr int unit = 64, worth = 16384;  // channels, values
  const int channels = b.scheduled->needs.coupling.channels, units = (channels + unit - 1) / unit;
  const int parts = std::clamp(static_cast<int>(static_cast<long long>(channels) * b.pass.batch / worth), 1, units);
  lanes->run(parts, [&](int part, int lane) {
    const Rows share = piece_of(units, parts, part);
    const Bound& own = bound_of(static_cast<int>(b.scheduled - timetable.passes.data()), lane);
    timed(own, "settle", lane, [&] { call(own, Rows{share.begin * unit, std::min(channels, share.end * unit), part, lane}); });
  });
}

void Runner::run_forward() noexcept {
  prepare();
  const Stage* before = nullptr;
  for (std::size_t i = 0; i < timetable.stages.forward.size(); ++i) {
    const Stage& stage = timetable.stages.forward[i];
    if (stage.settles >= 0) {
      const Bound& b = bound_of(stage.settles);
      const std::span<double> all = gathered(before, b, b.gathered, b.scheduled->needs.coupling.forward);
      if (recurs(b))
        recur(b, [](const Bound& own, Rows channels) { own.scheduled->layer->recur(own.pass, channels); });
      else
        timed(b, "settle", 0, [&] { b.scheduled->layer->settle(b.pass, all); });
    }
    run_calls(stage, forward_locals_[i], false);
    before = &stage;
  }
}

bool Runner::run_backward(bool add, Optimizer* optimizer) noexcept {
  finite_ = true;
  largest_gradient_ = optimizer ? optimizer->largest_gradient() : std::numeric_limits<real>::max();
  const Stage* before = nullptr;
  for (std::size_t i = 0; i < timetable.stages.backward.size(); ++i) {
    const Stage& stage = timetable.stages.backward[i];
    if (stage.settles >= 0) {
      const Bound& b = bound_of(stage.settles);
      const std::span<double> all = gathered(before, b, b.gathered_back, b.scheduled->needs.coupling.backward);
      if (recurs(b))
        recur(b, [](const Bound& own, Rows channels) { own.scheduled->layer->recur_back(own.back, channels, {}); });
      else
        timed(b, "settle", 0, [&] { b.scheduled->layer->settle_back(b.back, all); });
    }
    if (stage.gradient_first >= 0) gradient_before(bound_of(stage.gradient_first), add);
    run_calls(stage, backward_locals_[i], add);
    finish_all(stage, stretches_[i], add, finite_ ? optimizer : nullptr);
    before = &stage;
  }
  return finite_;
}

void Runner::gradient_before(const Bound& b, bool add) noexcept {
  const int units = b.scheduled->needs.gradient_units, strip = gradient_strip(b.scheduled->needs, options.batch);
  lanes->run((units + strip - 1) / strip, [&](int index, int lane) {
    const Rows part{index * strip, std::min(units, (index + 1) * strip), index, lane};
    timed(b, "gradient", lane, [&] { b.scheduled->layer->gradient(b.back, part, {b.gradients, add}); });
  });
}

// All stretches together, or those of each pass that is cut by outputs.
void Runner::finish_all(const Stage& stage, const std::vector<Stretch>& stretches, bool add, Optimizer* optimizer) noexcept {
  const int batch = bound_of(0).pass.batch, pieces = stage.calls.empty() ? 1 : stage.cut(batch).pieces;
  const auto each = [&](const Stretch& stretch, int lane) { finish(stretch, pieces, lane, add, optimizer); };
  const auto run = [&](const Stretch* first, const Stretch* last) {
    lanes->run(static_cast<int>(last - first), [&](int index, int lane) { each(first[index], lane); });
  };
  const Stretch *first = stretches.data(), *const end = first + stretches.size();
  if (stage.worth_sharing(batch)) return run(first, end);
  for (const Stretch* last; first < end; first = last) {
    last = std::find_if(first, end, [first](const Stretch& other) { return other.pass != first->pass; });
    if (cut_of_outputs(bound_of(first->pass).scheduled->needs).parts > 1)
      run(first, last);
    else
      std::for_each(first, last, [&](const Stretch& stretch) { each(stretch, 0); });
  }
}

void Runner::finish(const Stretch& stretch, int pieces, int lane, bool add, Optimizer* optimizer) noexcept {
  Bound& b = bound_of(stretch.pass, lane);
  if (stretch.param < 0)
    return finish_part(b, {static_cast<int>(stretch.first), static_cast<int>(stretch.last), 0, lane}, add, optimizer);
  const auto p = static_cast<std::size_t>(stretch.param);
  const real* const gradient = b.gradients[p] + stretch.first;
  const std::size_t count = stretch.last - stretch.first;
  timed(b, "update", lane, [&] {
    if (b.scheduled->needs.cut == GradientCut::rows) complete(b, p, stretch.first, count, pieces, add);
    const bool good = b.back.kernels->elementwise.largest(gradient, count) <= largest_gradient_;
    if (!good || (optimizer && !optimizer->update_and_look(range_of(b, stretch.param), stretch.first, stretch.last)))
      finite_ = false;
  });
}

// The gradient of a dense layer from a single sample is dy x^T. A step of that kind lives by memory alone, so it is not written
// down.
bool Runner::finish_outer(const Bound& b, Rows part, Optimizer& optimizer) noexcept {
  if (b.back.batch != 1 || !std::holds_alternative<form::Dense>(b.scheduled->needs.form) || !b.gradients[0]) return false;
  const auto first = static_cast<std::size_t>(part.begin), count = static_cast<std::size_t>(part.count());
  const std::span<const real> all(b.back.dy.data, b.back.dy.size()), x(b.back.x[0].begin(), b.back.x[0].size());
  const std::span<const real> dy = all.subspan(first, count);
  const auto largest = [&](std::span<const real> values) {
    return b.back.kernels->elementwise.largest(values.data(), values.size());
  };
  // Of all parts, so that it does not show how they are cut. dy is the gradient of the bias.
  const real most = largest(all);
  if (!(most * largest(x) <= largest_gradient_ && most <= largest_gradient_)) return false;
  auto moved = Optimizer::Outer::cannot;
  timed(b, "update", part.lane, [&] {
    moved = optimizer.update_outer(range_of(b, 0), first, first + count, dy.data(), x.data(), x.size());
    if (moved == Optimizer::Outer::not_finite) finite_ = false;
    if (moved == Optimizer::Outer::cannot || b.gradients.size() < 2 || !b.gradients[1]) return;
    Range bias = range_of(b, 1);
    bias.gradient = const_cast<real*>(b.back.dy.data);
    if (!optimizer.update_and_look(bias, first, first + count)) finite_ = false;
  });
  return moved != Optimizer::Outer::cannot;
}

// A long part goes strip by strip. Of one sample, which lanes share by outputs, strips begin anew with every part of that cut, so
// that they are the same for all lanes.
void Runner::finish_part(Bound& b, Rows part, bool add, Optimizer* optimizer) noexcept {
  const bool keep = add || !optimizer || options.retain_gradients;
  if (!keep && finish_outer(b, part, *optimizer)) return;
  const Needs& needs = b.scheduled->needs;
  const int strip = gradient_strip(needs, options.batch);
  const int whole = options.batch == 1 ? cut_of_outputs(needs).outputs : needs.gradient_units;
  for (int first = part.begin, last; first < part.end; first = last) {
    last = std::min({part.end, first + strip, first / whole * whole + whole});
    finish_strip(b, {first, last, 0, part.lane}, add, keep, optimizer);
  }
}

// Where the optimizer uses the gradient at once, it is made in memory of the lane that stays in cache from strip to strip.
void Runner::finish_strip(Bound& b, Rows part, bool add, bool keep, Optimizer* optimizer) noexcept {
  const auto units = static_cast<std::size_t>(b.scheduled->needs.gradient_units);
  const auto first_of = [&](const Range& range) { return range.size / units * static_cast<std::size_t>(part.begin); };
  const auto count_of = [&](const Range& range) { return range.size / units * static_cast<std::size_t>(part.count()); };
  std::byte* memory = strips_ + timetable.strip_per_lane * static_cast<std::size_t>(part.lane);
  for (std::size_t p = 0; !keep && p < b.strip.size(); ++p) {
    if (!b.gradients[p]) continue;
    const Range& range = range_of(b, static_cast<int>(p));
    b.strip[p] = reinterpret_cast<real*>(memory) - first_of(range);
    memory += aligned(count_of(range) * sizeof(real));
  }
  const std::vector<real*>& to = keep ? b.gradients : b.strip;
  timed(b, "gradient", part.lane, [&] { b.scheduled->layer->gradient(b.back, part, {to, add}); });
  timed(b, "update", part.lane, [&] {
    for (std::size_t p = 0; p < to.size(); ++p) {
      if (!to[p]) continue;
      Range range = range_of(b, static_cast<int>(p));
      range.gradient = to[p];
      const std::size_t first = first_of(range), count = count_of(range);
      const bool good = b.back.kernels->elementwise.largest(to[p] + first, count) <= largest_gradient_;
      if (!good) finite_ = false;
      if (!good && !keep)
        std::memcpy(b.gradients[p] + first, to[p] + first, count * sizeof(real));  // for whoever asks what went wrong
      if (good && optimizer && !optimizer->update_and_look(range, first, first + count)) finite_ = false;
    }
  });
}

// Brings gradients that were written aside to the tensor that they belong to.
void Runner::deliver(const Bound& b, Rows rows) noexcept {
  for (std::size_t k = 0; k < b.dx.size(); ++k) {
    if (b.scheduled->dx[k].target < 0) continue;
    const View from = b.dx[k], to = b.dx_targets[k];
    real* const target = to.row(rows.begin);
    const auto count = static_cast<std::size_t>(rows.count()) * static_cast<std::size_t>(to.shape.size());
    if (b.scheduled->dx[k].add)
      b.back.kernels->elementwise.add(target, from.row(rows.begin), target, count);
    else
      std::memcpy(target, from.row(rows.begin), count * sizeof(real));
  }
}

const Weights::StateTensor* Runner::bad_state() const noexcept {
  for (const Bound& b : bound[0])
    for (std::size_t i = 0; i < b.next.size(); ++i) {
      const Weights::StateTensor& tensor = weights.state_tensors()[static_cast<std::size_t>(b.scheduled->states[i])];
      if (!kernels(isa).elementwise.all_finite_state(b.next[i], tensor.size)) return &tensor;
    }
  return nullptr;
}

void Runner::commit() noexcept {
  moving->commit();
  weights.mark_changed();
}

}  // namespace cambium
