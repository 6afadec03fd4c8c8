#include "cambium/layers/batch_renorm.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/layers/batch_map.h"

namespace cambium {
namespace {

using namespace batch_map;
enum Remembered { mu_state, sigma_state, steps_state };

}  // namespace

BatchRenorm::BatchRenorm(BatchRenormOptions options) : options_(std::move(options)) {
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

Needs BatchRenorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const Extent extent = extent_of(in, options_.per);
  const int channels = static_cast<int>(extent.channels);
  Needs needs = needs_of(in, extent);
  needs.state = {{"mu", {channels}, 0.0, allowed::value}, {"sigma", {channels}, 1.0, allowed::deviation},
                 {"steps", {1}, 0.0, allowed::count}};
  needs.keep.push_back({Room::Type::float64, 2 * extent.channels, 0});  // (r, d) per channel
  needs.gradient = setting.mode == Mode::train ? GradientKind::partly_held : GradientKind::exact;
  return needs;
}

void BatchRenorm::gather(const Pass& pass, Rows rows, std::span<double> out) const noexcept {
  batch_map::gather(pass, rows, extent_of(pass.x[0].shape, options_.per), out);
}

void BatchRenorm::settle(const Pass& pass, std::span<double> all) const noexcept {
  const Extent extent = extent_of(pass.x[0].shape, options_.per);
  const std::size_t channels = extent.channels;
  const double a = options_.alpha, steps = *pass.state[steps_state];
  const double r_max = options_.r_max.at(steps), d_max = options_.d_max.at(steps);
  if (pass.mode != Mode::evaluate) *pass.next[steps_state] = pass.mode == Mode::train ? steps + 1 : steps;
  real* const map = pass.kept<real>(map_room);
  double* const correction = pass.kept<double>(own_room);
  for (std::size_t c = 0; c < channels; ++c) {
    double& r = correction[c] = 1;
    double& d = correction[channels + c] = 0;
    const double mu = pass.state[mu_state][c], sigma = pass.state[sigma_state][c];
    if (pass.mode == Mode::evaluate) {
      write_map(map, channels, c, mu, 1 / sigma);
      continue;
    }
    const Moments batch = merge(all, extent, c, pass.batch);
    const double s = std::sqrt(batch.variance + options_.epsilon), apart = batch.ref + batch.shift - mu;
    double& next_mu = pass.next[mu_state][c] = mu + a * apart;
    double& next_sigma = pass.next[sigma_state][c] = sigma + a * (s - sigma);
    if (pass.mode == Mode::adapt) {
      next_sigma = std::sqrt((1 - a) * sigma * sigma + a * s * s + a * (1 - a) * apart * apart);
      write_map(map, channels, c, next_mu, 1 / next_sigma);
      continue;
    }
    r = std::clamp(s / sigma, 1 / r_max, r_max);
    d = std::clamp(apart / sigma, -d_max, d_max);
    write_map(map, channels, c, batch.ref, batch.shift - d * s / r, r / s);  // y = d at the mean
  }
}

void BatchRenorm::forward(const Pass& pass, Rows rows) const noexcept {
  batch_map::forward(pass, rows, extent_of(pass.x[0].shape, options_.per));
}

void BatchRenorm::gather_back(const Back& back, Rows rows, std::span<double> out) const noexcept {
  batch_map::gather_back(back, rows, extent_of(back.x[0].shape, options_.per), out);
}

void BatchRenorm::settle_back(const Back& back, std::span<double> all) const noexcept {
  const Extent extent = extent_of(back.x[0].shape, options_.per);
  const std::size_t channels = extent.channels;
  const double m = static_cast<double>(back.batch) * static_cast<double>(extent.spatial);
  const real* const rstd = back.kept<const real>(map_room) + 2 * channels;
  const double* const correction = back.kept<const double>(own_room);
  real* const k = back.kept<real>(back_room);
  for (std::size_t c = 0; c < channels; ++c) {
    const BackSums sums = merge_back(all, extent, c);
    const double r = correction[c], d = correction[channels + c], scale = static_cast<double>(rstd[c]);
    const double mean_g = sums.g / m;
    const double mean_gz = m > 1 ? (sums.g_xhat / m - d * mean_g) / r : 0;  // of one value, z is 0, beyond all rounding
    k[c] = static_cast<real>((mean_g - mean_gz * d / r) * scale);
    k[channels + c] = static_cast<real>(mean_gz / r * scale);
  }
}

void BatchRenorm::backward(const Back& back, Rows rows) const noexcept {
  batch_map::backward(back, rows, extent_of(back.x[0].shape, options_.per));
}

Description BatchRenorm::describe() const { return describe_options("batch_renorm", options_); }

}  // namespace cambium
