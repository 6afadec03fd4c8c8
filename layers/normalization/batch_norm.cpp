#include "cambium/layers/normalization/batch_norm.h"

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/saved_map.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {
namespace {

enum Remembered { running_mean, running_var, batches };  // the last with the preset only

}  // namespace

BatchNorm::BatchNorm(BatchNormOptions options)
    : BatchMapNorm(options.per, options.input ? static_cast<real>(input_bound) : real(0)), options_(options) {
  if (!(options.epsilon >= 0 && options.epsilon < 1e30))
    throw Error("batch_norm: epsilon = " + text_of(options.epsilon) + ", which must be at least 0 and below 1e30",
                "1e-5, or BatchNorm(for_input)");
  if (!(options.momentum >= 0 && options.momentum <= 1))
    throw Error("batch_norm: momentum = " + text_of(options.momentum) + ", which must be at least 0 and at most 1", "0.1");
}

LayerSpec BatchNorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const auto [channels, spatial] = extent_of(in, options_.per);
  if (setting.mode == Mode::train && as_size(setting.batch) * spatial < 2)
    throw Error(
        "a training batch of " + std::to_string(setting.batch) + " has one value per channel, and its normalization is always 0",
        "OnlineNorm, which takes any batch, or another batch size, or dropping the last short batch");
  LayerSpec spec = spec_for(in);
  const int c = static_cast<int>(channels);
  spec.state = {{"running_mean", {c}, 0.0, allowed::value}, {"running_var", {c}, 1.0, allowed::variance}};
  if (options_.input) spec.state.push_back({"num_batches_tracked", {1}, 0.0, allowed::count});
  spec.min_batch = setting.mode == Mode::train && spatial == 1 ? 2 : 1;
  return spec;
}

void BatchNorm::merge(const Forward& ctx, std::span<double> all) const noexcept {
  const auto [channels, spatial] = extent(ctx);
  if (ctx.mode == Mode::evaluate)
    return ctx.kernels->normalize.held_map(ctx.state[running_mean], ctx.state[running_var], channels,
                                           {options_.epsilon, options_.input, false}, ctx.saved<real>(map_buffer));
  const DeviationRule rule{options_.epsilon, options_.input};
  double q = options_.momentum;
  if (options_.input) {
    const double seen = *ctx.next[batches] = *ctx.state[batches] + 1;
    q = std::max(q, 1 / seen);
  }
  const double m = static_cast<double>(ctx.batch) * static_cast<double>(spatial);
  const SavedMap map(ctx.saved<real>(map_buffer), channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const double mean = ctx.state[running_mean][c], var = ctx.state[running_var][c];
    const Moments batch = moments(all, {channels, spatial}, c, ctx.batch);
    const double apart = batch.ref + batch.shift - mean;
    double* const next_mean = ctx.next[running_mean] + c;
    double* const next_var = ctx.next[running_var] + c;
    *next_mean = mean + q * apart;
    if (ctx.mode == Mode::adapt) {
      *next_var = (1 - q) * var + q * batch.variance + q * (1 - q) * apart * apart;
      map.set(c, *next_mean, rule.reciprocal(*next_mean, *next_var));
      continue;
    }
    *next_var = (1 - q) * var + q * batch.variance * (options_.unbiased ? m / (m - 1) : 1.0);
    map.set(c, batch.ref, batch.shift, rule.reciprocal(batch.ref + batch.shift, batch.variance));
  }
}

void BatchNorm::merge_back(const Backward& ctx, std::span<double> all) const noexcept {
  const auto [channels, spatial] = extent(ctx);
  const double m = static_cast<double>(ctx.batch) * static_cast<double>(spatial);
  const SavedMap map(ctx.saved<const real>(map_buffer), channels);
  const SavedPulls pulls(ctx.saved<real>(pulls_buffer), channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const GradientSums sums = gradient_sums(all, {channels, spatial}, c);
    const double rstd = static_cast<double>(map.rstd[c]);
    pulls.set(c, sums.g / m * rstd, sums.g_xhat / m * rstd);
  }
}

Description BatchNorm::describe() const { return describe_options("batch_norm", options_); }

}  // namespace cambium
