// The calls of a step on the bench, in the order of framework/base/layer_calls.h.
#include <algorithm>

#include "cambium/framework/testing/layer_bench.h"

namespace cambium::testing {

namespace {

std::string text(Slice slice) { return " of " + std::to_string(slice.begin) + " to " + std::to_string(slice.end); }

}  // namespace

void LayerBench::forward() {
  for (Guarded& saved : saved_) saved.poison();
  for (Guarded& next : next_) next.poison();
  Forward forward = make_forward();
  for (const CallKind kind : forward_calls(spec_, options_.mode)) run(kind, forward, nullptr, false);
}

void LayerBench::forward_alone() {
  Forward forward = make_forward();
  run_forward(forward);
}

void LayerBench::backward(bool add) {
  for (int i = 0; i < inputs(); ++i)
    if (!(options_.dx_is_dy && i == 0)) dx_[as_size(i)].poison();
  if (!add)
    for (Guarded& gradient : gradients_) gradient.poison();
  Backward backward = make_backward();
  const bool params = std::ranges::find(frozen_, false) != frozen_.end();
  const bool input = std::ranges::find(want_dx_, true) != want_dx_.end();
  std::vector<CallKind> calls = backward_calls(spec_, options_.mode, params, input);
  const auto last = std::ranges::find(calls, CallKind::backward_input), first = std::ranges::find(calls, CallKind::backward_params);
  if (last != calls.end() && first != calls.end() && (last < first) != options_.input_first) std::iter_swap(first, last);
  Forward none;
  for (const CallKind kind : calls) run(kind, none, &backward, add);
}

// As a plan does where a thread holds the values of one chunk: views of these samples alone, under their numbers.
void LayerBench::show(Slice samples, Forward& forward, Backward* backward) {
  const auto move = [&](auto& view) {
    if (view.data != nullptr) view.data = view.row(samples.begin), view.first = samples.begin;
  };
  std::ranges::for_each(x_views_, move);
  move(forward.y);
  if (backward == nullptr) return;
  std::ranges::for_each(dx_views_, move);
  move(backward->y), move(backward->dy);
}

void LayerBench::run(CallKind kind, Forward& forward, Backward* backward, bool add) {
  show({0, options_.batch}, forward, backward);
  if (kind == CallKind::forward) return run_forward(forward);
  if (kind == CallKind::backward_input) return run_input(forward, *backward);
  if (kind == CallKind::backward_params) return run_params(forward, *backward, add);
  if (over(kind, spec_) == CallOver::samples) return run_partial(kind, forward, backward);
  run_once(kind, {.forward = &forward, .backward = backward, .sums = sums_.as<double>()});
  if (kind == CallKind::merge || kind == CallKind::recur) check_moved(kind);
  if (kind == CallKind::recur_back) check_dx();
  sums_ = Guarded(0);
}

// Or channel by channel. Where x has no values yet, it is hidden.
void LayerBench::run_once(CallKind kind, const CallArguments& given) {
  std::vector<ConstView> nothing;
  for (int i = 0; i < inputs(); ++i) nothing.push_back({hidden_x_[as_size(i)].as<real>().data(), in_[as_size(i)], options_.batch});
  Forward before = *given.forward;
  before.x = nothing;
  const bool early = kind == CallKind::pack || (kind == CallKind::merge && options_.mode == Mode::evaluate);
  CallArguments arguments = given;
  if (early) arguments.forward = &before;
  std::vector<Writable> may = merged();
  if (kind == CallKind::pack) may.resize(saved_.size());
  if (kind == CallKind::recur_back)
    for (const Writable& dx : dx_of({0, options_.batch})) may.push_back(dx);
  const bool channels = over(kind, spec_) == CallOver::channels;
  for (const Slice slice : channels ? cut(spec_.recurrence.channels) : std::vector<Slice>{{0, options_.batch}}) {
    arguments.slice = slice;
    watched(name(kind), may, [&] { make_call(kind, layer_, spec_, arguments); });
  }
}

void LayerBench::run_partial(CallKind kind, Forward& forward, Backward* backward) {
  const StatisticsSpec& statistics = spec_.statistics;
  const std::size_t each = kind == CallKind::partial ? statistics.partial : statistics.partial_back;
  const auto slices = cut(options_.batch);
  sums_ = Guarded(sums_of_batch(statistics, each, options_.batch, static_cast<int>(slices.size())) * sizeof(double));
  const auto all = sums_.as<double>();
  for (const Slice slice : slices) {
    show(slice, forward, backward);
    const CallArguments arguments{
        .forward = &forward, .backward = backward, .slice = slice, .sums = sums_of_slice(statistics, each, slice, all.data())};
    const std::size_t first = static_cast<std::size_t>(arguments.sums.data() - all.data()) * sizeof(double);
    const std::vector<Writable> may = {{&sums_, first, first + arguments.sums.size_bytes()}};
    watched(name(kind) + text(slice), may, [&] { make_call(kind, layer_, spec_, arguments); });
  }
  for (std::size_t i = 0; i < all.size(); ++i)
    if (is_poison(all[i]))
      return report(std::string(name(kind)) + " left number " + std::to_string(i) + " of " + std::to_string(all.size()) +
                    " unwritten");
}

void LayerBench::run_forward(Forward& forward) {
  if (!options_.y_is_x) y_.poison();
  for (const Slice samples : cut(options_.batch)) {
    show(samples, forward, nullptr);
    std::vector<Writable> may = saved_of(samples);
    may.push_back(samples_of(y_memory(), spec_.out, samples));
    const int parts = spec_.output_split ? std::min(options_.outputs, spec_.param_outputs) : 1;
    if (parts == 1) {
      watched("forward" + text(samples), may, [&] { layer_.forward(forward, samples); });
      continue;
    }
    for (int i = 0; i < parts; ++i) {
      Slice outputs = slice_of(spec_.param_outputs, parts, i);
      outputs.thread = (samples.thread + i) % options_.threads;
      may.back() = workspace_of(outputs.thread), may.push_back(samples_of(y_memory(), spec_.out, samples));
      watched("forward" + text(samples), may, [&] { spec_.output_split->forward_outputs(forward, samples, outputs); });
    }
  }
  check_written("y", {y().begin(), y().size()});
}

void LayerBench::run_input(Forward& forward, Backward& backward) {
  for (const Slice samples : cut(options_.batch)) {
    std::vector<Writable> may = saved_of(samples);
    for (const Writable& dx : dx_of(samples)) may.push_back(dx);
    show(samples, forward, &backward);
    watched("backward_input" + text(samples), may, [&] { layer_.backward_input(backward, samples); });
  }
  check_dx();
}

void LayerBench::run_params(Forward& forward, Backward& backward, bool add) {
  const bool by_samples = spec_.param_outputs == 0;
  const auto slices = cut(by_samples ? options_.batch : spec_.param_outputs);
  partials_.clear();
  for (std::size_t i = 1; by_samples && i < slices.size(); ++i) {
    partials_.emplace_back();
    for (const Guarded& gradient : gradients_) partials_.back().emplace_back(gradient.bytes());
  }
  for (const Slice slice : slices) {
    const auto& memory = by_samples && slice.index > 0 ? partials_[as_size(slice.index - 1)] : gradients_;
    std::vector<Writable> may = by_samples ? saved_of(slice) : std::vector<Writable>{workspace_of(slice.thread)};
    std::vector<real*> pointers;
    for (std::size_t i = 0; i < memory.size(); ++i) {
      pointers.push_back(frozen_[i] ? nullptr : memory[i].as<real>().data());
      if (!frozen_[i]) may.push_back(by_samples ? whole(memory[i]) : share_of(memory[i], slice));
    }
    if (by_samples) show(slice, forward, &backward);
    const Gradients gradients{pointers, add && (!by_samples || slice.index == 0)};
    watched("backward_params" + text(slice), may, [&] { layer_.backward_params(backward, slice, gradients); });
  }
  add_partial_gradients();
  for (std::size_t i = 0; i < gradients_.size(); ++i)
    if (!frozen_[i]) check_written("gradient of " + spec_.params[i].name, gradients_[i].as<real>());
}

// In order of slices, as the plan does.
void LayerBench::add_partial_gradients() {
  for (const auto& partials : partials_)
    for (std::size_t i = 0; i < partials.size(); ++i) {
      const auto total = gradients_[i].as<real>(), sum = partials[i].as<real>();
      for (std::size_t j = 0; !frozen_[i] && j < sum.size(); ++j) total[j] += sum[j];
    }
}

}  // namespace cambium::testing
