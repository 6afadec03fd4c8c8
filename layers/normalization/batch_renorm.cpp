#include "cambium/layers/normalization/batch_renorm.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/saved_map.h"

namespace cambium {
namespace {

enum Remembered { mu_state, sigma_state, steps_state };

}  // namespace

BatchRenorm::BatchRenorm(BatchRenormOptions options) : BatchMapNorm(options.per), options_(std::move(options)) {
  if (!(options_.alpha > 0 && options_.alpha <= 1))
    throw Error("batch_renorm: alpha = " + text_of(options_.alpha) + ", which must be above 0 and at most 1", "0.01");
  check_epsilon("batch_renorm", options_.epsilon);
  if (options_.r_max.least() < 1)
    throw Error("batch_renorm: r_max = " + options_.r_max.str() + ", which must nowhere be below 1",
                "1, or {{5000, 1}, {40000, 3}}");
  if (options_.d_max.least() < 0)
    throw Error("batch_renorm: d_max = " + options_.d_max.str() + ", which must nowhere be below 0",
                "0, or {{5000, 0}, {25000, 5}}");
}

LayerSpec BatchRenorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const Extent extent = extent_of(in, options_.per);
  const int channels = static_cast<int>(extent.channels);
  LayerSpec spec = spec_for(in);
  spec.state = {
      {"mu", {channels}, 0.0, allowed::value}, {"sigma", {channels}, 1.0, allowed::deviation}, {"steps", {1}, 0.0, allowed::count}};
  spec.saved.push_back({Saved::Type::float64, 2 * extent.channels, 0});  // (r, d) per channel
  spec.gradient = setting.mode == Mode::train ? GradientKind::partly_held : GradientKind::exact;
  return spec;
}

void BatchRenorm::merge(const Forward& ctx, std::span<double> all) const noexcept {
  const Extent extent = this->extent(ctx);
  const std::size_t channels = extent.channels;
  const double a = options_.alpha, steps = *ctx.state[steps_state];
  const double r_max = options_.r_max.at(steps), d_max = options_.d_max.at(steps);
  if (ctx.mode != Mode::evaluate) *ctx.next[steps_state] = ctx.mode == Mode::train ? steps + 1 : steps;
  const SavedMap map(ctx.saved<real>(map_buffer), channels);
  double* const correction = ctx.saved<double>(own_buffer);
  for (std::size_t c = 0; c < channels; ++c) {
    double& r = correction[c] = 1;
    double& d = correction[channels + c] = 0;
    const double mu = ctx.state[mu_state][c], sigma = ctx.state[sigma_state][c];
    if (ctx.mode == Mode::evaluate) {
      map.set(c, mu, 1 / sigma);
      continue;
    }
    const Moments batch = moments(all, extent, c, ctx.batch);
    const double s = std::sqrt(batch.variance + options_.epsilon), apart = batch.ref + batch.shift - mu;
    double& next_mu = ctx.next[mu_state][c] = mu + a * apart;
    double& next_sigma = ctx.next[sigma_state][c] = sigma + a * (s - sigma);
    if (ctx.mode == Mode::adapt) {
      next_sigma = std::sqrt((1 - a) * sigma * sigma + a * s * s + a * (1 - a) * apart * apart);
      map.set(c, next_mu, 1 / next_sigma);
      continue;
    }
    r = std::clamp(s / sigma, 1 / r_max, r_max);
    d = std::clamp(apart / sigma, -d_max, d_max);
    map.set(c, batch.ref, batch.shift - d * s / r, r / s);  // y = d at the mean
  }
}

void BatchRenorm::merge_back(const Backward& ctx, std::span<double> all) const noexcept {
  const Extent extent = this->extent(ctx);
  const std::size_t channels = extent.channels;
  const double m = static_cast<double>(ctx.batch) * static_cast<double>(extent.spatial);
  const SavedMap map(ctx.saved<const real>(map_buffer), channels);
  const double* const correction = ctx.saved<const double>(own_buffer);
  const SavedPulls pulls(ctx.saved<real>(pulls_buffer), channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const GradientSums sums = gradient_sums(all, extent, c);
    const double r = correction[c], d = correction[channels + c], scale = static_cast<double>(map.rstd[c]);
    const double mean_g = sums.g / m;
    const double mean_gz = m > 1 ? (sums.g_xhat / m - d * mean_g) / r : 0;  // of one value, z is 0, beyond all rounding
    pulls.set(c, (mean_g - mean_gz * d / r) * scale, mean_gz / r * scale);
  }
}

Description BatchRenorm::describe() const { return describe_options("batch_renorm", options_); }

}  // namespace cambium
