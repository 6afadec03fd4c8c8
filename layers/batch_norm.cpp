#include "cambium/layers/batch_norm.h"

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/layers/batch_map.h"

namespace cambium {
namespace {

enum Remembered { running_mean, running_var, batches };  // the last with the preset only

}  // namespace

BatchNorm::BatchNorm(BatchNormOptions options) : options_(options) {
  if (!(options.epsilon >= 0 && options.epsilon < 1e30))
    throw Error("batch_norm: epsilon = " + text_of(options.epsilon) + ", which must be at least 0 and below 1e30",
                "1e-5, or BatchNorm(for_input)");
  if (!(options.momentum >= 0 && options.momentum <= 1))
    throw Error("batch_norm: momentum = " + text_of(options.momentum) + ", which must be at least 0 and at most 1", "0.1");
}

Needs BatchNorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const auto [channels, spatial] = extent_of(in, options_.per);
  if (setting.mode == Mode::train && static_cast<std::size_t>(setting.batch) * spatial < 2)
    throw Error("a training batch of " + std::to_string(setting.batch) +
                    " has one value per channel, and its normalization is always 0",
                "OnlineNorm, which takes any batch, or another batch size, or dropping the last short batch");
  Needs needs = batch_map::needs_of(in, {channels, spatial});
  const int c = static_cast<int>(channels);
  needs.state = {{"running_mean", {c}, 0.0, allowed::value}, {"running_var", {c}, 1.0, allowed::variance}};
  if (options_.input) {
    needs.state.push_back({"num_batches_tracked", {1}, 0.0, allowed::count});
    needs.form = form::Opaque{};  // it is bounded, which no map is
  }
  needs.min_batch = setting.mode == Mode::train && spatial == 1 ? 2 : 1;
  return needs;
}

void BatchNorm::gather(const Pass& pass, Rows rows, std::span<double> out) const noexcept {
  batch_map::gather(pass, rows, extent_of(pass.x[0].shape, options_.per), out);
}

void BatchNorm::settle(const Pass& pass, std::span<double> all) const noexcept {
  const auto [channels, spatial] = extent_of(pass.x[0].shape, options_.per);
  const DeviationRule rule{options_.epsilon, options_.input};
  double q = options_.momentum;
  if (options_.input && pass.mode != Mode::evaluate) {
    const double seen = *pass.next[batches] = *pass.state[batches] + 1;
    q = std::max(q, 1 / seen);
  }
  const double m = static_cast<double>(pass.batch) * static_cast<double>(spatial);
  real* const map = pass.kept<real>(batch_map::map_room);
  for (std::size_t c = 0; c < channels; ++c) {
    const double mean = pass.state[running_mean][c], var = pass.state[running_var][c];
    if (pass.mode == Mode::evaluate) {
      write_map(map, channels, c, mean, rule.reciprocal(mean, var));
      continue;
    }
    const batch_map::Moments batch = batch_map::merge(all, {channels, spatial}, c, pass.batch);
    const double apart = batch.ref + batch.shift - mean;
    double* const next_mean = pass.next[running_mean] + c;
    double* const next_var = pass.next[running_var] + c;
    *next_mean = mean + q * apart;
    if (pass.mode == Mode::adapt) {
      *next_var = (1 - q) * var + q * batch.variance + q * (1 - q) * apart * apart;
      write_map(map, channels, c, *next_mean, rule.reciprocal(*next_mean, *next_var));
      continue;
    }
    *next_var = (1 - q) * var + q * batch.variance * (options_.unbiased ? m / (m - 1) : 1.0);
    write_map(map, channels, c, batch.ref, batch.shift, rule.reciprocal(batch.ref + batch.shift, batch.variance));
  }
}

void BatchNorm::forward(const Pass& pass, Rows rows) const noexcept {
  batch_map::forward(pass, rows, extent_of(pass.x[0].shape, options_.per), bound());
}

void BatchNorm::gather_back(const Back& back, Rows rows, std::span<double> out) const noexcept {
  batch_map::gather_back(back, rows, extent_of(back.x[0].shape, options_.per), out, bound());
}

void BatchNorm::settle_back(const Back& back, std::span<double> all) const noexcept {
  const auto [channels, spatial] = extent_of(back.x[0].shape, options_.per);
  const double m = static_cast<double>(back.batch) * static_cast<double>(spatial);
  const real* const rstd = back.kept<const real>(batch_map::map_room) + 2 * channels;
  real* const k = back.kept<real>(batch_map::back_room);
  for (std::size_t c = 0; c < channels; ++c) {
    const batch_map::BackSums sums = batch_map::merge_back(all, {channels, spatial}, c);
    k[c] = static_cast<real>(sums.g / m * static_cast<double>(rstd[c]));
    k[channels + c] = static_cast<real>(sums.g_xhat / m * static_cast<double>(rstd[c]));
  }
}

void BatchNorm::backward(const Back& back, Rows rows) const noexcept {
  batch_map::backward(back, rows, extent_of(back.x[0].shape, options_.per), bound());
}

Description BatchNorm::describe() const { return describe_options("batch_norm", options_); }

}  // namespace cambium
