#include "cambium/layers/normalization/multi_scale_norm.h"

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/export_form.h"
#include "cambium/framework/base/saved_map.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/normalization/parts/online_buffers.h"
#include "cambium/layers/normalization/statistics.h"

namespace cambium {

using namespace online;

namespace {

using Map = SavedMap<real>;

enum KeptOfScales { one_dx_buffer = rstd_buffer + 1 };  // behind xhat and rstd: what one scale gives back

void begin_scales(const Context& ctx, std::initializer_list<std::size_t> states, int inputs, std::size_t scales, Slice share) {
  for (int k = 0; k < static_cast<int>(scales); ++k) begin_next(ctx, states, {k * inputs + share.begin, k * inputs + share.end});
}

real bound_of(double a) { return static_cast<real>(1 / std::sqrt(a * (1 - a))); }

}  // namespace

MultiScaleNorm::MultiScaleNorm(MultiScaleNormOptions options) : options_(options) {
  const auto decay = [](const char* what, double value, const char* usual) {
    if (!(value > 0 && value < 1))
      throw Error(std::string("multi_scale_norm: ") + what + " = " + text_of(value) + ", which must be above 0 and below 1", usual);
  };
  if (options.scales < 1 || options.scales > 64)
    throw Error("multi_scale_norm: scales = " + std::to_string(options.scales) + ", which must be at least 1 and at most 64", "3");
  decay("shortest", options.shortest, "0.95");
  decay("longest", options.longest, "0.999");
  decay("alpha_backward", options.alpha_backward, "0.99");
  for (int k = 0; k < options.scales; ++k) {
    const double t = options.scales > 1 ? k / static_cast<double>(options.scales - 1) : 1;
    const double between = 1 - std::pow(1 - options.shortest, 1 - t) * std::pow(1 - options.longest, t);
    alphas_.push_back(t == 0 ? options.shortest : t == 1 ? options.longest : between);
  }
}

LayerSpec MultiScaleNorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  if (in.rank() != 1) throw Error("takes flat samples, and got " + in.str(), "Flatten() before it");
  const auto inputs = as_size(in.size()), all = inputs * alphas_.size();
  const int size = in.size() * options_.scales;
  const bool recurs = setting.mode != Mode::evaluate;
  LayerSpec spec;
  spec.out = Shape{size};
  spec.state = {{"mean", {size}, 0.0, allowed::value},
                {"var", {size}, 1.0, allowed::variance},
                {"u", {size}, 0.0, allowed::value},
                {"v", {size}, 0.0, allowed::value},
                {"count", {1}, 0.0, allowed::count}};
  using Type = Saved::Type;
  if (recurs)
    spec.saved = {{Type::reals, 0, all}, {Type::reals, 0, all}, {Type::reals, 0, inputs}};
  else
    spec.saved = {{Type::reals, Map::values(all), 0}, {Type::reals, SavedPulls::values(all), 0}};
  spec.workspace = recurs ? 0 : inputs * sizeof(real);
  spec.reads_x = !recurs;
  spec.gradient = recurs ? GradientKind::controller : GradientKind::exact;
  if (recurs)
    spec.recurrence = {this, in.size()};
  else
    spec.statistics = {.ability = this};
  spec.flops = 5.0 * size;
  if (recurs) return spec;
  form::HeldMaps maps{in.size(), {}};
  for (const double a : alphas_) maps.bounds.push_back(static_cast<double>(bound_of(a)));
  spec.exported = exported(std::move(maps));
  return spec;
}

// ------------------------------------------------------------------------------------------------------ by what was learnt

void MultiScaleNorm::merge(const Forward& ctx, std::span<double>) const noexcept {
  const auto inputs = as_size(ctx.x[0].shape.size());
  for (std::size_t k = 0; k < alphas_.size(); ++k)
    ctx.kernels->normalize.held_map(ctx.state[mean_state] + k * inputs, ctx.state[var_state] + k * inputs, inputs, {0, true, true},
                                    ctx.saved<real>(map_buffer) + Map::values(k * inputs));
  std::fill_n(ctx.saved<real>(pulls_buffer), SavedPulls::values(inputs * alphas_.size()), real(0));
}

void MultiScaleNorm::forward(const Forward& ctx, Slice slice) const noexcept {
  const auto inputs = as_size(ctx.x[0].shape.size()), scales = alphas_.size();
  if (ctx.mode != Mode::evaluate) {
    const real* const xhat = of_sample(ctx.saved<const real>(xhat_buffer), slice.begin, inputs * scales);
    std::copy_n(xhat, as_size(slice.count()) * inputs * scales, ctx.y.row(slice.begin));
    return;
  }
  const real* const maps = ctx.saved<const real>(map_buffer);
  for (int row = slice.begin; row < slice.end; ++row)
    for (std::size_t k = 0; k < scales; ++k)
      ctx.kernels->bounded.forward(ctx.x[0].row(row), ctx.y.row(row) + k * inputs, 1, inputs, 1,
                                   {maps + Map::values(k * inputs), nullptr, false}, bound_of(alphas_[k]));
}

void MultiScaleNorm::backward_input(const Backward& ctx, Slice slice) const noexcept {
  const auto inputs = as_size(ctx.x[0].shape.size()), scales = alphas_.size();
  const real *const maps = ctx.saved<const real>(map_buffer), *const pulls = ctx.saved<const real>(pulls_buffer);
  real* const one = ctx.workspace_of<real>(slice);
  for (int row = slice.begin; row < slice.end; ++row) {
    real* const dx = ctx.dx[0].row(row);
    for (std::size_t k = 0; k < scales; ++k) {
      const NormMap map{maps + Map::values(k * inputs), pulls + SavedPulls::values(k * inputs), false};
      ctx.kernels->bounded.backward(ctx.x[0].row(row), ctx.dy.row(row) + k * inputs, k == 0 ? dx : one, 1, inputs, 1, map,
                                    bound_of(alphas_[k]));
      for (std::size_t c = 0; k > 0 && c < inputs; ++c) dx[c] += one[c];
    }
  }
}

// ------------------------------------------------------------------------------------------------- one sample after another

// For the sample that comes after `count` others.
OnlineRule MultiScaleNorm::rule_after(double count, double alpha) const {
  const double young = count / (count + 1);
  const bool warming = young < alpha;
  return {warming ? young : alpha, warming, true, 0, true, std::min(alpha * (1 - alpha), 1 - options_.alpha_backward)};
}

void MultiScaleNorm::recur(const Forward& ctx, Slice share) const noexcept {
  const auto inputs = as_size(ctx.x[0].shape.size()), all = inputs * alphas_.size();
  begin_scales(ctx, {mean_state, var_state, u_state, v_state}, ctx.x[0].shape.size(), alphas_.size(), share);
  const double count = *ctx.state[count_state];
  if (share.begin == 0) *ctx.next[count_state] = count + ctx.batch;
  const OnlineValues of{1, inputs, as_size(share.begin), as_size(share.end)};
  for (std::size_t k = 0; k < alphas_.size(); ++k) {
    const double a = alphas_[k];
    for (int row = 0; row < ctx.batch; ++row)
      ctx.kernels->online.take_values(ctx.x[0].row(row), of, rule_after(count + row, a), ctx.next[mean_state] + k * inputs,
                                      ctx.next[var_state] + k * inputs,
                                      of_sample(ctx.saved<real>(xhat_buffer), row, all) + k * inputs,
                                      of_sample(ctx.saved<real>(rstd_buffer), row, all) + k * inputs);
  }
}

void MultiScaleNorm::recur_back(const Backward& ctx, Slice share, const Epilogue& epilogue) const noexcept {
  const auto all = as_size(ctx.dy.shape.size()), inputs = all / alphas_.size();
  begin_scales(ctx, {u_state, v_state}, static_cast<int>(inputs), alphas_.size(), share);
  const OnlineControl control{1 - options_.alpha_backward, std::min(1 / std::sqrt(1 - options_.alpha_backward), 1e150)};
  const OnlineValues of{1, inputs, as_size(share.begin), as_size(share.end)};
  for (std::size_t k = 0; k < alphas_.size(); ++k)
    for (int row = 0; row < ctx.batch; ++row) {
      const bool held = *ctx.state[count_state] + row < OnlineNormOptions::too_few;  // for these s is infinite
      real* const dx = ctx.dx[0].data ? ctx.dx[0].row(row) : nullptr;
      real* const one = dx && k > 0 ? of_sample(ctx.saved<real>(one_dx_buffer), row, inputs) : dx;
      ctx.kernels->online.take_values_back(of_sample(ctx.saved<const real>(xhat_buffer), row, all) + k * inputs,
                                           of_sample(ctx.saved<const real>(rstd_buffer), row, all) + k * inputs,
                                           ctx.dy.row(row) + k * inputs, of, epilogue, control, held,
                                           ctx.next[u_state] + k * inputs, ctx.next[v_state] + k * inputs, one);
      for (std::size_t c = of.first; one != dx && c < of.last; ++c) dx[c] += one[c];
    }
}

Description MultiScaleNorm::describe() const { return describe_options("multi_scale_norm", options_); }

}  // namespace cambium
