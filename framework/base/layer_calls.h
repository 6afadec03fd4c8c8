// The calls of a step on one layer, in the order of layer.h: the one place that knows it. The runner spreads them over stages,
// check_layer watches each of them, and the reference of the tests makes them one after the other.
#pragma once

#include <span>
#include <vector>

#include "cambium/framework/base/layer.h"

namespace cambium {

enum class CallKind { pack, partial, merge, recur, forward, partial_back, merge_back, recur_back, backward_params, backward_input };
const char* name(CallKind kind);

// What a call works on: everything, or a slice of samples, of channels, or of outputs.
enum class CallOver { once, samples, channels, outputs };
CallOver over(CallKind kind, const LayerSpec& spec);

bool recurs(const LayerSpec& spec, Mode mode);  // whether samples go through its recurrences

std::vector<CallKind> forward_calls(const LayerSpec& spec, Mode mode);
// `params`: it has some that are not frozen. `input`: dx is needed, of one input at least.
std::vector<CallKind> backward_calls(const LayerSpec& spec, Mode mode, bool params, bool input);

// What calls are made with; each takes what it needs.
struct CallArguments {
  const Forward* forward = nullptr;
  const Backward* backward = nullptr;
  Slice slice{};
  std::span<double> sums{};  // of this slice for partial, partial_back; of all for merge, merge_back
  Gradients gradients{};
  Epilogue epilogue{};
};
void make_call(CallKind kind, const Layer& layer, const LayerSpec& spec, const CallArguments& arguments) noexcept;

// How many doubles the statistics of a whole batch are, summed up over so many slices; and which of them belong to one slice.
std::size_t sums_of_batch(const StatisticsSpec& statistics, std::size_t each, int batch, int slices);
std::span<double> sums_of_slice(const StatisticsSpec& statistics, std::size_t each, Slice samples, double* all);

}  // namespace cambium
