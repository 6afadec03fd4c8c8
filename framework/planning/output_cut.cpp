#include "cambium/framework/planning/output_cut.h"

#include <algorithm>

#include "cambium/framework/planning/sizes.h"

namespace cambium {

namespace {

std::size_t divided_up(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

}  // namespace

std::size_t weights_of(const LayerSpec& spec) {
  std::size_t values = 0;
  for (const Param& param : spec.params) values += param.values();
  return values;
}

OutputCut cut_of_outputs(const LayerSpec& spec) {
  if (!spec.output_split || weights_of(spec) < sizes::weights_to_share) return {1, spec.param_outputs};
  const auto all = as_size(spec.param_outputs);
  const std::size_t outputs = divided_up(all, 8 * sizes::most_slices) * 8;  // eight are computed at once
  return {static_cast<int>(divided_up(all, outputs)), static_cast<int>(outputs)};
}

int output_block(const LayerSpec& spec, int batch) {
  const std::size_t values = batch == 1 ? sizes::output_block_of_one : sizes::output_block;
  const auto outputs = as_size(std::max(spec.param_outputs, 1)), each = weights_of(spec) / outputs;
  return static_cast<int>(std::min(outputs, std::max(sizes::least_outputs, values / std::max<std::size_t>(each, 1) / 8 * 8)));
}

int samples_of_a_sum(const LayerSpec& spec, int batch) {
  const double terms = std::max(1.0, spec.flops / 2 / static_cast<double>(std::max<std::size_t>(weights_of(spec), 1)));
  return terms * batch <= sizes::terms_in_real ? 0 : std::max(1, static_cast<int>(sizes::terms_of_sum / terms));
}

}  // namespace cambium
