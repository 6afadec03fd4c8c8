#include "cambium/layers/normalization/online_norm.h"

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/export_form.h"
#include "cambium/framework/base/saved_map.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/normalization/parts/online_buffers.h"

namespace cambium {

using namespace online;

namespace {

using Map = SavedMap<real>;

NormMap map_of(const Context& ctx, Slice slice, std::size_t channels, bool back) {
  return norm_map(ctx, slice, channels, ctx.mode != Mode::evaluate, back);
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

LayerSpec OnlineNorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const auto [channels, spatial] = extent_of(in, options_.per);
  const bool per_sample = setting.mode != Mode::evaluate;
  const auto saved = [&](Saved::Type type, std::size_t values) {
    return per_sample ? Saved{type, 0, values} : Saved{type, values, 0};
  };
  const int c = static_cast<int>(channels);
  LayerSpec spec;
  spec.out = in;
  spec.state = {{"mean", {c}, 0.0, allowed::value},
                {"var", {c}, 1.0, allowed::variance},
                {"u", {c}, 0.0, allowed::value},
                {"v", {c}, 0.0, allowed::value},
                {"count", {1}, 0.0, allowed::count}};
  const bool recurs = per_sample && spatial == 1;
  if (recurs)
    spec.saved = {saved(Saved::Type::reals, channels), saved(Saved::Type::reals, channels)};
  else
    spec.saved = {saved(Saved::Type::reals, Map::values(channels)), saved(Saved::Type::reals, SavedPulls::values(channels))};
  if (per_sample && !recurs) spec.saved.push_back(saved(Saved::Type::float64, 2 * channels));
  spec.reads_x = !recurs;
  spec.in_place = recurs;
  spec.backward_in_place = true;
  spec.gradient = setting.mode == Mode::evaluate ? GradientKind::exact : GradientKind::controller;
  if (recurs)
    spec.recurrence = {this, c};
  else
    spec.statistics = {.ability = this, .per_sample = true, .partial = 3 * channels, .partial_back = 2 * channels};
  spec.flops = 5.0 * in.size();
  if (!options_.input)
    spec.form = form::Normalize{c, static_cast<int>(spatial), per_sample, recurs};
  else if (!per_sample)  // else the preset is no map
    spec.exported = exported(form::HeldMap{c, static_cast<double>(bound())});
  return spec;
}

void OnlineNorm::partial(const Forward& ctx, Slice slice, std::span<double> out) const noexcept {
  const auto [channels, spatial] = extent_of(ctx.x[0].shape, options_.per);
  for (int row = slice.begin; row < slice.end; ++row)
    ctx.kernels->normalize.moments(ctx.x[0].row(row), 1, channels, spatial, of_sample(out.data(), row - slice.begin, 3 * channels));
}

void OnlineNorm::merge(const Forward& ctx, std::span<double> all) const noexcept {
  const auto [channels, spatial] = extent_of(ctx.x[0].shape, options_.per);
  real* const map = ctx.saved<real>(map_buffer);
  if (ctx.mode == Mode::evaluate) {
    const HeldRule rule{options_.epsilon, options_.input, options_.start == OnlineNormOptions::Start::warm};
    return ctx.kernels->normalize.held_map(ctx.state[mean_state], ctx.state[var_state], channels, rule, map);
  }
  begin_next(ctx, {mean_state, var_state, u_state, v_state}, {0, static_cast<int>(channels)});
  double& count = *ctx.next[count_state] = *ctx.state[count_state];
  for (int row = 0; row < ctx.batch; ++row, ++count)
    ctx.kernels->online.take(of_sample(all.data(), row, 3 * channels), channels, spatial, rule_after(count), ctx.next[mean_state],
                             ctx.next[var_state], of_sample(map, row, Map::values(channels)),
                             of_sample(ctx.saved<double>(moments_buffer), row, 2 * channels));
}

void OnlineNorm::forward(const Forward& ctx, Slice slice) const noexcept {
  const auto [channels, spatial] = extent_of(ctx.x[0].shape, options_.per);
  if (spatial == 1 && ctx.mode != Mode::evaluate) {
    const real* const xhat = of_sample(ctx.saved<const real>(xhat_buffer), slice.begin, channels);
    std::copy_n(xhat, as_size(slice.count()) * channels, ctx.y.row(slice.begin));
    return;
  }
  const real* const x = ctx.x[0].row(slice.begin);
  real* const y = ctx.y.row(slice.begin);
  const auto n = as_size(slice.count());
  const NormMap map = map_of(ctx, slice, channels, false);
  if (bound() > 0)
    ctx.kernels->bounded.forward(x, y, n, channels, spatial, map, bound());
  else
    ctx.kernels->normalize.forward(x, y, n, channels, spatial, map, {});
}

void OnlineNorm::partial_back(const Backward& ctx, Slice slice, std::span<double> out) const noexcept {
  const auto [channels, spatial] = extent_of(ctx.x[0].shape, options_.per);
  for (int row = slice.begin; row < slice.end; ++row) {
    const real *const x = ctx.x[0].row(row), *const dy = ctx.dy.row(row);
    double* const to = of_sample(out.data(), row - slice.begin, 2 * channels);
    const NormMap map = map_of(ctx, {row, row + 1}, channels, false);
    if (bound() > 0)
      ctx.kernels->bounded.back_moments(x, dy, 1, channels, spatial, map, bound(), to);
    else
      ctx.kernels->normalize.back_moments(x, dy, 1, channels, spatial, map, {}, to);
  }
}

void OnlineNorm::merge_back(const Backward& ctx, std::span<double> all) const noexcept {
  const auto [channels, spatial] = extent_of(ctx.x[0].shape, options_.per);
  real* const k = ctx.saved<real>(pulls_buffer);
  if (ctx.mode == Mode::evaluate) {  // statistics held: a plain scale
    std::fill_n(k, SavedPulls::values(channels), real(0));
    return;
  }
  begin_next(ctx, {u_state, v_state}, {0, static_cast<int>(channels)});
  real* const map = ctx.saved<real>(map_buffer);
  const bool warm = options_.start == OnlineNormOptions::Start::warm;
  for (int row = 0; row < ctx.batch; ++row) {
    const double values = (*ctx.state[count_state] + row + 1) * static_cast<double>(spatial);
    if (warm && values <= OnlineNormOptions::too_few) {  // an infinite s
      std::fill_n(of_sample(k, row, SavedPulls::values(channels)), SavedPulls::values(channels), real(0));
      std::fill_n(Map(of_sample(map, row, Map::values(channels)), channels).rstd, channels, real(0));
      continue;
    }
    ctx.kernels->online.take_back(of_sample(map, row, Map::values(channels)),
                                  of_sample(ctx.saved<const double>(moments_buffer), row, 2 * channels),
                                  of_sample(all.data(), row, 2 * channels), channels, spatial, control(), ctx.next[u_state],
                                  ctx.next[v_state], of_sample(k, row, SavedPulls::values(channels)));
  }
}

void OnlineNorm::backward_input(const Backward& ctx, Slice slice) const noexcept {
  const auto [channels, spatial] = extent_of(ctx.x[0].shape, options_.per);
  const real *const x = ctx.x[0].row(slice.begin), *const dy = ctx.dy.row(slice.begin);
  real* const dx = ctx.dx[0].row(slice.begin);
  const auto n = as_size(slice.count());
  const NormMap map = map_of(ctx, slice, channels, true);
  if (bound() > 0)
    ctx.kernels->bounded.backward(x, dy, dx, n, channels, spatial, map, bound());
  else
    ctx.kernels->normalize.backward(x, dy, dx, n, channels, spatial, map, {});
}

Description OnlineNorm::describe() const { return describe_options("online_norm", options_); }

}  // namespace cambium
