#include "cambium/layers/batch_norm.h"

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {
namespace {

enum Kept { map_room, back_room };  // (ref, delta, rstd) and (k0, k1) per channel
enum Remembered { running_mean, running_var };

// The batch's statistics of one channel, relative to the reference of the first piece.
struct Moments {
  double ref, shift, variance;  // mean = ref + shift
};

// Merges what the pieces gathered, in their order (Chan, Golub, LeVeque 1983). Pieces cut the batch as the plan did.
Moments merge(std::span<const double> all, std::size_t channels, std::size_t c, int batch, double spatial) {
  const std::size_t pieces = all.size() / (3 * channels);
  const double ref = all[c];
  double shift = 0, squares = 0, count = 0;
  for (std::size_t p = 0; p < pieces; ++p) {
    const double* gathered = all.data() + p * 3 * channels + c;
    const double n = piece_of(batch, static_cast<int>(pieces), static_cast<int>(p)).count() * spatial;
    const double mean = (gathered[0] - ref) + gathered[channels] / n;  // of this piece, relative to ref
    const double own = gathered[2 * channels] - gathered[channels] * gathered[channels] / n;
    const double apart = mean - shift;
    squares += own + apart * apart * count * n / (count + n);
    count += n;
    shift += apart * n / count;
  }
  return {ref, shift, std::max(squares / count, 0.0)};
}

NormMap map_of(const Frame& frame, bool back) {
  return {frame.kept<const real>(map_room), back ? frame.kept<const real>(back_room) : nullptr, false};
}

}  // namespace

BatchNorm::BatchNorm(BatchNormOptions options) : options_(options) {
  if (!(options.epsilon >= 0 && options.epsilon < 1e30) || (options.epsilon == 0 && !options.input))
    throw Error("batch_norm: epsilon = " + text_of(options.epsilon) + ", which must be above 0 and finite",
                "1e-5, or BatchNorm(for_input)");
  if (!(options.momentum > 0 && options.momentum <= 1))
    throw Error("batch_norm: momentum = " + text_of(options.momentum) + ", which must be above 0 and at most 1", "0.1");
}

Needs BatchNorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const auto [channels, spatial] = extent_of(in, options_.per);
  if (setting.mode == Mode::train && static_cast<std::size_t>(setting.batch) * spatial < 2)
    throw Error("a training batch of " + std::to_string(setting.batch) +
                    " has one value per channel, and its normalization is always 0",
                "OnlineNorm, which takes any batch, or another batch size, or dropping the last short batch");
  Needs needs;
  needs.out = in;
  needs.state = {{"running_mean", {static_cast<int>(channels)}, 0.0}, {"running_var", {static_cast<int>(channels)}, 1.0}};
  needs.keep = {{Room::Type::real, 3 * channels, 0}, {Room::Type::real, 2 * channels, 0}};
  needs.reads_x = true;
  needs.dx_may_be_dy = true;
  needs.coupling = {Coupling::Per::piece, 3 * channels, 2 * channels};
  needs.min_batch = setting.mode == Mode::train && spatial == 1 ? 2 : 1;
  needs.flops = 5.0 * in.size();
  needs.form = form::Normalize{static_cast<int>(channels), static_cast<int>(spatial), false};
  return needs;
}

void BatchNorm::gather(const Pass& pass, Rows rows, std::span<double> out) const noexcept {
  const auto [channels, spatial] = extent_of(pass.x[0].shape, options_.per);
  pass.kernels->normalize.moments(pass.x[0].row(rows.begin), static_cast<std::size_t>(rows.count()), channels, spatial, out.data());
}

void BatchNorm::settle(const Pass& pass, std::span<double> all) const noexcept {
  const auto [channels, spatial] = extent_of(pass.x[0].shape, options_.per);
  const DeviationRule rule{options_.epsilon, options_.input};
  const double q = options_.momentum, m = static_cast<double>(pass.batch) * static_cast<double>(spatial);
  real* const map = pass.kept<real>(map_room);
  for (std::size_t c = 0; c < channels; ++c) {
    const double mean = pass.state[running_mean][c], var = pass.state[running_var][c];
    if (pass.mode == Mode::evaluate) {
      write_map(map, channels, c, mean, rule.reciprocal(mean, var));
      continue;
    }
    const Moments batch = merge(all, channels, c, pass.batch, static_cast<double>(spatial));
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
    // Not through the sum ref + shift, which may round: a constant must come out as exactly 0.
    map[c] = static_cast<real>(batch.ref);
    map[channels + c] = static_cast<real>(batch.shift);
    map[2 * channels + c] = static_cast<real>(rule.reciprocal(batch.ref + batch.shift, batch.variance));
  }
}

void BatchNorm::forward(const Pass& pass, Rows rows) const noexcept {
  const auto [channels, spatial] = extent_of(pass.x[0].shape, options_.per);
  pass.kernels->normalize.forward(pass.x[0].row(rows.begin), pass.y.row(rows.begin), static_cast<std::size_t>(rows.count()),
                                  channels, spatial, map_of(pass, false), {});
}

void BatchNorm::gather_back(const Back& back, Rows rows, std::span<double> out) const noexcept {
  const auto [channels, spatial] = extent_of(back.x[0].shape, options_.per);
  back.kernels->normalize.back_moments(back.x[0].row(rows.begin), back.dy.row(rows.begin), static_cast<std::size_t>(rows.count()),
                                       channels, spatial, map_of(back, false), {}, out.data());
}

void BatchNorm::settle_back(const Back& back, std::span<double> all) const noexcept {
  const auto [channels, spatial] = extent_of(back.x[0].shape, options_.per);
  const double m = static_cast<double>(back.batch) * static_cast<double>(spatial);
  const real* const rstd = back.kept<const real>(map_room) + 2 * channels;
  real* const k = back.kept<real>(back_room);
  for (std::size_t i = 0; i < 2 * channels; ++i) {  // (k0, k1) from the sums of (g, g xhat)
    double sum = 0;
    for (std::size_t at = i; at < all.size(); at += 2 * channels) sum += all[at];
    k[i] = static_cast<real>(sum / m * static_cast<double>(rstd[i % channels]));  // 0 in evaluate mode, where statistics are held
  }
}

void BatchNorm::backward(const Back& back, Rows rows) const noexcept {
  if (!back.dx[0].data) return;
  const auto [channels, spatial] = extent_of(back.x[0].shape, options_.per);
  back.kernels->normalize.backward(back.x[0].row(rows.begin), back.dy.row(rows.begin), back.dx[0].row(rows.begin),
                                   static_cast<std::size_t>(rows.count()), channels, spatial, map_of(back, true), {});
}

Description BatchNorm::describe() const { return describe_options("batch_norm", options_); }

}  // namespace cambium
