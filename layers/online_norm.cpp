#include "cambium/layers/online_norm.h"

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {
namespace {

// Per channel and sample: (ref, delta, rstd); (k0, k1); (mean of xhat, mean of xhat^2) over the positions, in double.
// Of flat samples, whose every value is a channel, unless in evaluate mode: xhat; rstd.
enum Kept { map_room, back_room, about_room, xhat_room = 0, rstd_room = 1 };
enum Remembered : std::size_t { mean_state, var_state, u_state, v_state, count_state };

// What a sample has in each of these.
template <class T>
T* of_sample(T* all, int row, std::size_t values) { return all + static_cast<std::size_t>(row) * values; }

OnlineValues values_of(Rows part, int rows, std::size_t channels) {
  return {static_cast<std::size_t>(rows), channels, static_cast<std::size_t>(part.begin), static_cast<std::size_t>(part.end)};
}

// These states of these channels, for the samples to move.
void begin_next(const Frame& frame, std::initializer_list<std::size_t> states, Rows part) {
  for (const std::size_t i : states) std::copy(frame.state[i] + part.begin, frame.state[i] + part.end, frame.next[i] + part.begin);
}

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

// For the sample that comes after `count` others.
OnlineRule OnlineNorm::rule_after(double count) const {
  const double young = count / (count + 1);
  const bool warm = options_.start == OnlineNormOptions::Start::warm, warming = warm && young < options_.alpha;
  const double a = options_.alpha, least = options_.bounded ? std::min(a * (1 - a), 1 - options_.alpha_backward) : 0;
  return {warming ? young : a, warming, warm, options_.epsilon, options_.input, least};
}

OnlineControl OnlineNorm::control() const {
  const double gain = 1 - options_.alpha_backward, none = 1e150;
  return {gain, options_.bounded ? std::min(1 / std::sqrt(gain), none) : none};
}

// Where y is cut, or 0. Of flat samples in training the recurrences see to it.
real OnlineNorm::bound() const {
  const double a = options_.alpha, spread = a * (1 - a);
  return options_.input && spread > 0 ? static_cast<real>(1 / std::sqrt(spread)) : real(0);
}

Needs OnlineNorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const auto [channels, spatial] = extent_of(in, options_.per);
  const bool per_sample = setting.mode != Mode::evaluate;
  const auto room = [&](Room::Type type, std::size_t values) { return per_sample ? Room{type, 0, values} : Room{type, values, 0}; };
  const int c = static_cast<int>(channels);
  Needs needs;
  needs.out = in;
  needs.state = {{"mean", {c}, 0.0, allowed::value}, {"var", {c}, 1.0, allowed::variance}, {"u", {c}, 0.0, allowed::value},
                 {"v", {c}, 0.0, allowed::value}, {"count", {1}, 0.0, allowed::count}};
  const bool recurs = per_sample && spatial == 1;
  if (recurs)
    needs.keep = {room(Room::Type::reals, channels), room(Room::Type::reals, channels)};
  else
    needs.keep = {room(Room::Type::reals, 3 * channels), room(Room::Type::reals, 2 * channels)};
  if (per_sample && !recurs) needs.keep.push_back(room(Room::Type::float64, 2 * channels));
  needs.reads_x = !recurs;
  needs.y_may_be_x = recurs;
  needs.dx_may_be_dy = true;
  needs.gradient = setting.mode == Mode::evaluate ? GradientKind::exact : GradientKind::controller;
  needs.coupling = recurs ? Coupling{Coupling::Per::channel, 0, 0, c} : Coupling{Coupling::Per::sample, 3 * channels, 2 * channels};
  needs.flops = 5.0 * in.size();
  if (!options_.input) needs.form = form::Normalize{c, static_cast<int>(spatial), per_sample, recurs};  // the preset is no map
  return needs;
}

// The recurrences are in framework/kernels/online.cpp. Flat samples go through them whole, x to xhat and dy to dx; of others
// settle takes the moments through, and makes maps. While a start is warming, each sample has a rule of its own.
void OnlineNorm::recur(const Pass& pass, Rows part) const noexcept {
  const auto channels = static_cast<std::size_t>(pass.x[0].shape.size());
  begin_next(pass, {mean_state, var_state, u_state, v_state}, part);
  const double count = *pass.state[count_state];
  if (part.begin == 0) *pass.next[count_state] = count + pass.batch;
  for (int row = 0, rows = 1; row < pass.batch; row += rows) {
    const OnlineRule rule = rule_after(count + row);
    rows = rule.enters_first ? 1 : pass.batch - row;
    pass.kernels->online.take_values(pass.x[0].row(row), values_of(part, rows, channels), rule, pass.next[mean_state],
                                     pass.next[var_state], of_sample(pass.kept<real>(xhat_room), row, channels),
                                     of_sample(pass.kept<real>(rstd_room), row, channels));
  }
}

void OnlineNorm::recur_back(const Back& back, Rows part, const Behind& behind) const noexcept {
  const auto channels = static_cast<std::size_t>(back.dy.shape.size());
  begin_next(back, {u_state, v_state}, part);
  for (double* sums = behind.sums; sums && sums <= behind.sums + channels; sums += channels)
    std::fill(sums + part.begin, sums + part.end, 0.0);
  const double young = options_.start == OnlineNormOptions::Start::warm ? options_.too_few - *back.state[count_state] : 0;
  const int few = static_cast<int>(std::clamp(young, 0.0, static_cast<double>(back.batch)));  // for these s is infinite
  const auto take = [&](int row, int end, bool held) {
    real* const dx = back.dx[0].data ? back.dx[0].row(row) : nullptr;
    back.kernels->online.take_values_back(of_sample(back.kept<const real>(xhat_room), row, channels),
                                          of_sample(back.kept<const real>(rstd_room), row, channels), back.dy.row(row),
                                          values_of(part, end - row, channels), behind.tail, control(), held, back.next[u_state],
                                          back.next[v_state], behind.sums, dx);
  };
  take(0, few, true);
  take(few, back.batch, false);
}

void OnlineNorm::gather(const Pass& pass, Rows rows, std::span<double> out) const noexcept {
  const auto [channels, spatial] = extent_of(pass.x[0].shape, options_.per);
  for (int row = rows.begin; row < rows.end; ++row)
    pass.kernels->normalize.moments(pass.x[0].row(row), 1, channels, spatial,
                                    of_sample(out.data(), row - rows.begin, 3 * channels));
}

void OnlineNorm::settle(const Pass& pass, std::span<double> all) const noexcept {
  const auto [channels, spatial] = extent_of(pass.x[0].shape, options_.per);
  real* const map = pass.kept<real>(map_room);
  if (pass.mode == Mode::evaluate) {
    const DeviationRule rule{options_.epsilon, options_.input};
    const double *const mean = pass.state[mean_state], *const var = pass.state[var_state];
    const bool warm = options_.start == OnlineNormOptions::Start::warm;
    for (std::size_t c = 0; c < channels; ++c)
      write_map(map, channels, c, mean[c], warm && var[c] == 0 ? 0 : rule.reciprocal(mean[c], var[c]));
    return;
  }
  begin_next(pass, {mean_state, var_state, u_state, v_state}, {0, static_cast<int>(channels)});
  double& count = *pass.next[count_state] = *pass.state[count_state];
  for (int row = 0; row < pass.batch; ++row, ++count)
    pass.kernels->online.take(of_sample(all.data(), row, 3 * channels), channels, spatial, rule_after(count), pass.next[mean_state],
                              pass.next[var_state], of_sample(map, row, 3 * channels),
                              of_sample(pass.kept<double>(about_room), row, 2 * channels));
}

void OnlineNorm::forward(const Pass& pass, Rows rows) const noexcept {
  const auto [channels, spatial] = extent_of(pass.x[0].shape, options_.per);
  if (spatial == 1 && pass.mode != Mode::evaluate) {
    const real* const xhat = of_sample(pass.kept<const real>(xhat_room), rows.begin, channels);
    std::copy_n(xhat, static_cast<std::size_t>(rows.count()) * channels, pass.y.row(rows.begin));
    return;
  }
  const real* const x = pass.x[0].row(rows.begin);
  real* const y = pass.y.row(rows.begin);
  const auto n = static_cast<std::size_t>(rows.count());
  const NormMap map = map_of(pass, rows, channels, false);
  if (bound() > 0) pass.kernels->bounded.forward(x, y, n, channels, spatial, map, bound());
  else pass.kernels->normalize.forward(x, y, n, channels, spatial, map, {});
}

void OnlineNorm::gather_back(const Back& back, Rows rows, std::span<double> out) const noexcept {
  const auto [channels, spatial] = extent_of(back.x[0].shape, options_.per);
  for (int row = rows.begin; row < rows.end; ++row) {
    const real *const x = back.x[0].row(row), *const dy = back.dy.row(row);
    double* const to = of_sample(out.data(), row - rows.begin, 2 * channels);
    const NormMap map = map_of(back, {row, row + 1}, channels, false);
    if (bound() > 0) back.kernels->bounded.back_moments(x, dy, 1, channels, spatial, map, bound(), to);
    else back.kernels->normalize.back_moments(x, dy, 1, channels, spatial, map, {}, to);
  }
}

void OnlineNorm::settle_back(const Back& back, std::span<double> all) const noexcept {
  const auto [channels, spatial] = extent_of(back.x[0].shape, options_.per);
  real* const k = back.kept<real>(back_room);
  if (back.mode == Mode::evaluate) {  // statistics held: a plain scale
    std::fill_n(k, 2 * channels, real(0));
    return;
  }
  begin_next(back, {u_state, v_state}, {0, static_cast<int>(channels)});
  real* const map = back.kept<real>(map_room);
  const bool warm = options_.start == OnlineNormOptions::Start::warm;
  for (int row = 0; row < back.batch; ++row) {
    const double values = (*back.state[count_state] + row + 1) * static_cast<double>(spatial);
    if (warm && values <= OnlineNormOptions::too_few) {  // an infinite s
      std::fill_n(of_sample(k, row, 2 * channels), 2 * channels, real(0));
      std::fill_n(of_sample(map, row, 3 * channels) + 2 * channels, channels, real(0));
      continue;
    }
    back.kernels->online.take_back(of_sample(map, row, 3 * channels),
                                   of_sample(back.kept<const double>(about_room), row, 2 * channels),
                                   of_sample(all.data(), row, 2 * channels), channels, spatial, control(), back.next[u_state],
                                   back.next[v_state], of_sample(k, row, 2 * channels));
  }
}

void OnlineNorm::backward(const Back& back, Rows rows) const noexcept {
  if (!back.dx[0].data) return;
  const auto [channels, spatial] = extent_of(back.x[0].shape, options_.per);
  const real *const x = back.x[0].row(rows.begin), *const dy = back.dy.row(rows.begin);
  real* const dx = back.dx[0].row(rows.begin);
  const auto n = static_cast<std::size_t>(rows.count());
  const NormMap map = map_of(back, rows, channels, true);
  if (bound() > 0) back.kernels->bounded.backward(x, dy, dx, n, channels, spatial, map, bound());
  else back.kernels->normalize.backward(x, dy, dx, n, channels, spatial, map, {});
}

Description OnlineNorm::describe() const { return describe_options("online_norm", options_); }

}  // namespace cambium
