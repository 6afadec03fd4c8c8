#include "cambium/layers/online_norm.h"

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {
namespace {

// Per channel and sample: (ref, delta, rstd); (k0, k1); unless flat, (mean of xhat, mean of xhat^2) over the positions, in double.
enum Kept { map_room, back_room, about_room };
enum Remembered { mean_state, var_state, u_state, v_state, count_state };

// What a sample has in each of these; null when there is none.
template <class T>
T* of_sample(T* all, int row, std::size_t values) { return all ? all + static_cast<std::size_t>(row) * values : nullptr; }

NormMap map_of(const Frame& frame, Rows rows, std::size_t channels, bool back) {
  const bool per_sample = frame.mode != Mode::evaluate;
  const std::size_t first = per_sample ? static_cast<std::size_t>(rows.begin) * channels : 0;
  return {frame.kept<const real>(map_room) + 3 * first, back ? frame.kept<const real>(back_room) + 2 * first : nullptr, per_sample};
}

}  // namespace

OnlineNorm::OnlineNorm(OnlineNormOptions options) : options_(options) {
  const auto decay = [](const char* what, double value, const char* usual) {
    if (!(value >= 0 && value <= 1))
      throw Error(std::string("online_norm: ") + what + " = " + text_of(value) + ", which must be at least 0 and at most 1", usual);
  };
  decay("alpha", options.alpha, "0.999");
  decay("alpha_backward", options.alpha_backward, "0.99");
  if (!(options.epsilon >= 0 && options.epsilon < 1e30))
    throw Error("online_norm: epsilon = " + text_of(options.epsilon) + ", which must be at least 0 and below 1e30",
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
  needs.keep = {room(Room::Type::real, 3 * channels), room(Room::Type::real, 2 * channels)};
  if (per_sample && spatial > 1) needs.keep.push_back(room(Room::Type::float64, 2 * channels));
  needs.reads_x = true;
  needs.dx_may_be_dy = true;
  needs.gradient = setting.mode == Mode::evaluate ? GradientKind::exact : GradientKind::controller;
  needs.coupling = {Coupling::Per::sample, spatial > 1 ? 3 * channels : 0, 2 * channels};
  needs.flops = 5.0 * in.size();
  needs.form = form::Normalize{c, static_cast<int>(spatial), per_sample};
  return needs;
}

// The recurrences are in framework/kernels/online.cpp, as `take` and `take_back`; here they are fed sample after sample.

// A flat sample is its own mean, and settle reads it from x.
void OnlineNorm::gather(const Pass& pass, Rows rows, std::span<double> out) const noexcept {
  const auto [channels, spatial] = extent_of(pass.x[0].shape, options_.per);
  for (int row = rows.begin; row < rows.end && spatial > 1; ++row)
    pass.kernels->normalize.moments(pass.x[0].row(row), 1, channels, spatial,
                                    of_sample(out.data(), row - rows.begin, 3 * channels));
}

void OnlineNorm::settle(const Pass& pass, std::span<double> all) const noexcept {
  const auto [channels, spatial] = extent_of(pass.x[0].shape, options_.per);
  real* const map = pass.kept<real>(map_room);
  if (pass.mode == Mode::evaluate) {
    const DeviationRule rule{options_.epsilon, options_.input};
    const double* const mean = pass.state[mean_state];
    for (std::size_t c = 0; c < channels; ++c)
      write_map(map, channels, c, mean[c], rule.reciprocal(mean[c], pass.state[var_state][c]));
    return;
  }
  for (int moved : {mean_state, var_state, u_state, v_state})
    std::copy_n(pass.state[static_cast<std::size_t>(moved)], channels, pass.next[static_cast<std::size_t>(moved)]);
  double& count = *pass.next[count_state] = *pass.state[count_state];
  double* const about = spatial > 1 ? pass.kept<double>(about_room) : nullptr;
  const bool warm = options_.start == OnlineNormOptions::Start::warm;
  for (int row = 0; row < pass.batch; ++row, ++count) {
    const double young = count / (count + 1);
    const bool warming = warm && young < options_.alpha;
    const OnlineRule rule{warming ? young : options_.alpha, warming, warm, options_.epsilon, options_.input};
    pass.kernels->online.take(pass.x[0].row(row), of_sample(all.data(), row, 3 * channels), channels, spatial, rule,
                              pass.next[mean_state], pass.next[var_state], of_sample(map, row, 3 * channels),
                              of_sample(about, row, 2 * channels));
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
                                         of_sample(out.data(), row - rows.begin, 2 * channels));
}

void OnlineNorm::settle_back(const Back& back, std::span<double> all) const noexcept {
  const auto [channels, spatial] = extent_of(back.x[0].shape, options_.per);
  real* const k = back.kept<real>(back_room);
  if (back.mode == Mode::evaluate) {  // statistics held: a plain scale
    std::fill_n(k, 2 * channels, real(0));
    return;
  }
  for (int moved : {u_state, v_state})
    std::copy_n(back.state[static_cast<std::size_t>(moved)], channels, back.next[static_cast<std::size_t>(moved)]);
  real* const map = back.kept<real>(map_room);
  const double* const about = spatial > 1 ? back.kept<const double>(about_room) : nullptr;
  const bool warm = options_.start == OnlineNormOptions::Start::warm;
  for (int row = 0; row < back.batch; ++row) {
    const double values = (*back.state[count_state] + row + 1) * static_cast<double>(spatial);
    if (warm && values <= OnlineNormOptions::too_few) {  // an infinite s
      std::fill_n(of_sample(k, row, 2 * channels), 2 * channels, real(0));
      std::fill_n(of_sample(map, row, 3 * channels) + 2 * channels, channels, real(0));
      continue;
    }
    back.kernels->online.take_back(back.x[0].row(row), of_sample(map, row, 3 * channels), of_sample(about, row, 2 * channels),
                                   of_sample(all.data(), row, 2 * channels), channels, spatial, 1 - options_.alpha_backward,
                                   back.next[u_state], back.next[v_state], of_sample(k, row, 2 * channels));
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
