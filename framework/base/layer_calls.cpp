#include "cambium/framework/base/layer_calls.h"

namespace cambium {

const char* name(CallKind kind) {
  constexpr const char* names[] = {"pack",         "partial",    "merge",      "recur",           "forward",
                                   "partial_back", "merge_back", "recur_back", "backward_params", "backward_input"};
  return names[static_cast<std::size_t>(kind)];
}

CallOver over(CallKind kind, const LayerSpec& spec) {
  switch (kind) {
    case CallKind::pack:
    case CallKind::merge:
    case CallKind::merge_back: return CallOver::once;
    case CallKind::recur:
    case CallKind::recur_back: return CallOver::channels;
    case CallKind::backward_params: return spec.param_outputs > 0 ? CallOver::outputs : CallOver::samples;
    default: return CallOver::samples;
  }
}

bool recurs(const LayerSpec& spec, Mode mode) { return spec.recurrence.ability && mode != Mode::evaluate; }

std::vector<CallKind> forward_calls(const LayerSpec& spec, Mode mode) {
  std::vector<CallKind> calls;
  if (spec.packing) calls.push_back(CallKind::pack);
  if (recurs(spec, mode)) {
    calls.push_back(CallKind::recur);
  } else if (spec.statistics.ability) {
    if (mode != Mode::evaluate && spec.statistics.partial > 0) calls.push_back(CallKind::partial);
    calls.push_back(CallKind::merge);
  }
  calls.push_back(CallKind::forward);
  return calls;
}

std::vector<CallKind> backward_calls(const LayerSpec& spec, Mode mode, bool params, bool input) {
  std::vector<CallKind> calls;
  const bool recur = recurs(spec, mode), late = spec.param_outputs > 0 && !spec.backward_in_place;
  if (recur) {
    calls.push_back(CallKind::recur_back);
  } else if (spec.statistics.ability) {
    if (mode != Mode::evaluate && spec.statistics.partial_back > 0) calls.push_back(CallKind::partial_back);
    calls.push_back(CallKind::merge_back);
  }
  if (params && !late) calls.push_back(CallKind::backward_params);
  if (input && !recur) calls.push_back(CallKind::backward_input);
  if (params && late) calls.push_back(CallKind::backward_params);
  return calls;
}

void make_call(CallKind kind, const Layer& layer, const LayerSpec& spec, const CallArguments& a) noexcept {
  switch (kind) {
    case CallKind::pack: return spec.packing->pack(*a.forward);
    case CallKind::partial: return spec.statistics.ability->partial(*a.forward, a.slice, a.sums);
    case CallKind::merge: return spec.statistics.ability->merge(*a.forward, a.sums);
    case CallKind::recur: return spec.recurrence.ability->recur(*a.forward, a.slice);
    case CallKind::forward: return layer.forward(*a.forward, a.slice);
    case CallKind::partial_back: return spec.statistics.ability->partial_back(*a.backward, a.slice, a.sums);
    case CallKind::merge_back: return spec.statistics.ability->merge_back(*a.backward, a.sums);
    case CallKind::recur_back: return spec.recurrence.ability->recur_back(*a.backward, a.slice, a.epilogue);
    case CallKind::backward_params: return layer.backward_params(*a.backward, a.slice, a.gradients);
    case CallKind::backward_input: return layer.backward_input(*a.backward, a.slice);
  }
}

std::size_t sums_of_batch(const StatisticsSpec& statistics, std::size_t each, int batch, int slices) {
  return each * as_size(statistics.per_sample ? batch : slices);
}

std::span<double> sums_of_slice(const StatisticsSpec& statistics, std::size_t each, Slice samples, double* all) {
  const bool per_sample = statistics.per_sample;
  const auto first = as_size(per_sample ? samples.begin : samples.index);
  return {all + first * each, each * (per_sample ? as_size(samples.count()) : 1)};
}

}  // namespace cambium
