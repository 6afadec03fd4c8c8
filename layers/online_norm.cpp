#include "cambium/layers/online_norm.h"

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {
namespace {

// Per channel and sample: (ref, delta, rstd); (k0, k1); (mean of xhat, mean of xhat^2, rstd) over the positions, in double.
enum Kept { map_room, back_room, sample_room };
enum Remembered { mean_state, var_state, u_state, v_state, count_state };

NormMap map_of(const Frame& frame, Rows rows, std::size_t channels, bool back) {
  const bool per_sample = frame.mode != Mode::evaluate;
  const std::size_t first = per_sample ? static_cast<std::size_t>(rows.begin) * channels : 0;
  return {frame.kept<const real>(map_room) + 3 * first, back ? frame.kept<const real>(back_room) + 2 * first : nullptr, per_sample};
}

}  // namespace

OnlineNorm::OnlineNorm(OnlineNormOptions options) : options_(options) {
  const auto decay = [](const char* what, double value, const char* usual) {
    if (!(value > 0 && value < 1))
      throw Error(std::string("online_norm: ") + what + " = " + text_of(value) + ", which must be between 0 and 1", usual);
  };
  decay("alpha", options.alpha, "0.999");
  decay("alpha_backward", options.alpha_backward, "0.99");
  if (!(options.epsilon >= 0 && options.epsilon < 1e30) || (options.epsilon == 0 && !options.input))
    throw Error("online_norm: epsilon = " + text_of(options.epsilon) + ", which must be above 0 and finite",
                "1e-5, or OnlineNorm(for_input)");
}

Needs OnlineNorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const auto [channels, spatial] = extent_of(in, options_.per);
  const bool per_sample = setting.mode != Mode::evaluate;
  const auto room = [&](Room::Type type, std::size_t values) { return per_sample ? Room{type, 0, values} : Room{type, values, 0}; };
  const int c = static_cast<int>(channels);
  Needs needs;
  needs.out = in;
  needs.state = {{"mean", {c}, 0.0}, {"var", {c}, 1.0}, {"u", {c}, 0.0}, {"v", {c}, 0.0}, {"count", {1}, 0.0}};
  needs.keep = {room(Room::Type::real, 3 * channels), room(Room::Type::real, 2 * channels),
                room(Room::Type::float64, 3 * channels)};
  needs.reads_x = true;
  needs.dx_may_be_dy = true;
  needs.gradient = setting.mode == Mode::evaluate ? GradientKind::exact : GradientKind::controller;
  needs.coupling = {Coupling::Per::sample, 3 * channels, 2 * channels};
  needs.flops = 5.0 * in.size();
  needs.form = form::Normalize{c, static_cast<int>(spatial), per_sample};
  return needs;
}

void OnlineNorm::gather(const Pass& pass, Rows rows, std::span<double> out) const noexcept {
  const auto [channels, spatial] = extent_of(pass.x[0].shape, options_.per);
  for (int row = rows.begin; row < rows.end; ++row)
    pass.kernels->normalize.moments(pass.x[0].row(row), 1, channels, spatial,
                                    out.data() + static_cast<std::size_t>(row - rows.begin) * 3 * channels);
}

void OnlineNorm::settle(const Pass& pass, std::span<double> all) const noexcept {
  const auto [channels, spatial] = extent_of(pass.x[0].shape, options_.per);
  const DeviationRule rule{options_.epsilon, options_.input};
  if (pass.mode == Mode::evaluate) {
    for (std::size_t c = 0; c < channels; ++c)
      write_map(pass.kept<real>(map_room), channels, c, pass.state[mean_state][c],
                rule.reciprocal(pass.state[mean_state][c], pass.state[var_state][c]));
    return;
  }
  double* const mean = pass.next[mean_state];
  double* const var = pass.next[var_state];
  for (int moved : {mean_state, var_state, u_state, v_state})
    std::copy_n(pass.state[static_cast<std::size_t>(moved)], channels, pass.next[static_cast<std::size_t>(moved)]);
  double& count = *pass.next[count_state] = *pass.state[count_state];

  const double positions = static_cast<double>(spatial);
  for (int row = 0; row < pass.batch; ++row) {
    const double* const ref = all.data() + static_cast<std::size_t>(row) * 3 * channels;
    const double* const sum = ref + channels;
    const double* const squares = sum + channels;
    real* const map = pass.kept<real>(map_room) + static_cast<std::size_t>(row) * 3 * channels;
    double* const sample = pass.kept<double>(sample_room) + static_cast<std::size_t>(row) * 3 * channels;
    const double young = count / (count + 1);
    const bool warming = options_.start == OnlineNormOptions::Start::warm && young < options_.alpha;
    const double a = warming ? young : options_.alpha;
    for (std::size_t c = 0; c < channels; ++c) {
      const double shift = sum[c] / positions;
      const double m = ref[c] + shift, w = std::max(squares[c] / positions - shift * shift, 0.0);
      const double d = m - mean[c];
      const double new_var = a * var[c] + (1 - a) * w + a * (1 - a) * d * d, new_mean = mean[c] + (1 - a) * d;
      if (warming) mean[c] = new_mean, var[c] = new_var;
      const double rstd = warming && var[c] == 0 ? 0 : rule.reciprocal(mean[c], var[c]), apart = m - mean[c];
      write_map(map, channels, c, mean[c], rstd);
      sample[c] = apart * rstd;
      sample[channels + c] = (w + apart * apart) * rstd * rstd;
      sample[2 * channels + c] = rstd;
      mean[c] = new_mean, var[c] = new_var;
    }
    count += 1;
  }
}

void OnlineNorm::forward(const Pass& pass, Rows rows) const noexcept {
  const auto [channels, spatial] = extent_of(pass.x[0].shape, options_.per);
  pass.kernels->normalize.forward(pass.x[0].row(rows.begin), pass.y.row(rows.begin), static_cast<std::size_t>(rows.count()),
                                  channels, spatial, map_of(pass, rows, channels, false), {});
}

void OnlineNorm::gather_back(const Back& back, Rows rows, std::span<double> out) const noexcept {
  const auto [channels, spatial] = extent_of(back.x[0].shape, options_.per);
  for (int row = rows.begin; row < rows.end; ++row)
    back.kernels->normalize.back_moments(back.x[0].row(row), back.dy.row(row), 1, channels, spatial,
                                         map_of(back, {row, row + 1}, channels, false), {},
                                         out.data() + static_cast<std::size_t>(row - rows.begin) * 2 * channels);
}

void OnlineNorm::settle_back(const Back& back, std::span<double> all) const noexcept {
  const auto [channels, spatial] = extent_of(back.x[0].shape, options_.per);
  real* k = back.kept<real>(back_room);
  if (back.mode == Mode::evaluate) {  // statistics held: a plain scale
    std::fill_n(k, 2 * channels, real(0));
    return;
  }
  double* const u = std::copy_n(back.state[u_state], channels, back.next[u_state]) - channels;
  double* const v = std::copy_n(back.state[v_state], channels, back.next[v_state]) - channels;
  const double gain = 1 - options_.alpha_backward, positions = static_cast<double>(spatial);
  for (int row = 0; row < back.batch; ++row, k += 2 * channels) {
    const double* const sum_g = all.data() + static_cast<std::size_t>(row) * 2 * channels;
    const double* const sum_gx = sum_g + channels;
    const double* const sample = back.kept<const double>(sample_room) + static_cast<std::size_t>(row) * 3 * channels;
    for (std::size_t c = 0; c < channels; ++c) {
      const double rstd = sample[2 * channels + c], pull = gain * v[c], push = gain * u[c];
      k[c] = static_cast<real>(push);
      k[channels + c] = static_cast<real>(pull * rstd);
      v[c] += sum_gx[c] / positions - pull * sample[channels + c];
      u[c] += (sum_g[c] / positions - pull * sample[c]) * rstd - push;
    }
  }
}

void OnlineNorm::backward(const Back& back, Rows rows) const noexcept {
  if (!back.dx[0].data) return;
  const auto [channels, spatial] = extent_of(back.x[0].shape, options_.per);
  back.kernels->normalize.backward(back.x[0].row(rows.begin), back.dy.row(rows.begin), back.dx[0].row(rows.begin),
                                   static_cast<std::size_t>(rows.count()), channels, spatial, map_of(back, rows, channels, true),
                                   {});
}

Description OnlineNorm::describe() const { return describe_options("online_norm", options_); }

}  // namespace cambium
