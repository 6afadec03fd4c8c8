#include "cambium/framework/planning/fuse.h"

#include "cambium/framework/base/saved_map.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

int fusable(const std::vector<const Form*>& forms, int channels) {
  if (forms.empty() || !std::holds_alternative<form::Normalize>(*forms[0])) return 1;
  const bool per_channel = std::get<form::Normalize>(*forms[0]).channels == channels;
  int taken = 1;
  const auto at = [&](int i) { return i < static_cast<int>(forms.size()) ? forms[as_size(i)] : nullptr; };
  if (const Form* next = at(taken); next && per_channel && std::holds_alternative<form::ChannelMap>(*next)) ++taken;
  if (const Form* next = at(taken); next && std::holds_alternative<form::Pointwise>(*next) &&
                                    std::get<form::Pointwise>(*next).function == form::Pointwise::Function::relu)
    ++taken;
  return taken;
}

bool may_swap(const Form& first, const Form& second) {
  const auto* pointwise = std::get_if<form::Pointwise>(&first);
  return pointwise && pointwise->function == form::Pointwise::Function::relu && std::holds_alternative<form::MaxPool>(second);
}

FusedNormalize::FusedNormalize(std::shared_ptr<const Layer> normalize, const LayerSpec& spec,
                               std::shared_ptr<const Layer> channel_map, form::ChannelMap map_form, bool relu)
    : normalize_(std::move(normalize)),
      statistics_(spec.statistics.ability),
      recurrence_(spec.recurrence.ability),
      form_(std::get<form::Normalize>(spec.form)),
      channel_map_(std::move(channel_map)),
      map_form_(map_form),
      relu_(relu) {}

LayerSpec FusedNormalize::plan(const Setting& setting) const {
  LayerSpec spec = normalize_->plan(setting);
  if (channel_map_) {
    const LayerSpec map = channel_map_->plan(setting);
    spec.params = map.params;
    spec.flops += map.flops;
  }
  if (relu_) spec.flops += spec.out.size();
  // Where merge_back or recur_back leaves the sums of g and of g * xhat, which are the gradients of beta and gamma.
  spec.saved.push_back({Saved::Type::float64, 2 * as_size(form_.channels), 0});
  spec.reads_y = false;
  spec.recomputable = true;
  spec.param_outputs = 1;
  if (spec.statistics.ability) spec.statistics.ability = this;
  if (spec.recurrence.ability) spec.recurrence.ability = this;
  spec.form = form::Opaque{};
  return spec;
}

NormMap FusedNormalize::map(const Context& ctx, Slice samples, bool back) const {
  return norm_map(ctx, samples, as_size(form_.channels), form_.per_sample, back);
}

NormEpilogue FusedNormalize::epilogue(const Context& ctx) const {
  NormEpilogue epilogue{nullptr, nullptr, relu_};
  std::size_t param = 0;
  if (channel_map_ && map_form_.gamma) epilogue.gamma = ctx.params[param++];
  if (channel_map_ && map_form_.beta) epilogue.beta = ctx.params[param];
  return epilogue;
}

void FusedNormalize::forward(const Forward& ctx, Slice samples) const noexcept {
  if (form_.recurs) {
    const auto channels = as_size(form_.channels);
    const real* const xhat = ctx.saved<const real>(form::Normalize::xhat_buffer) + as_size(samples.begin) * channels;
    return ctx.kernels->normalize.channel_map(xhat, ctx.y.row(samples.begin), as_size(samples.count()), channels, 1, epilogue(ctx));
  }
  ctx.kernels->normalize.forward(ctx.x[0].row(samples.begin), ctx.y.row(samples.begin), as_size(samples.count()),
                                 as_size(form_.channels), as_size(form_.spatial), map(ctx, samples, false), epilogue(ctx));
}

void FusedNormalize::partial(const Forward& ctx, Slice samples, std::span<double> out) const noexcept {
  statistics_->partial(ctx, samples, out);
}
void FusedNormalize::merge(const Forward& ctx, std::span<double> all) const noexcept { statistics_->merge(ctx, all); }

void FusedNormalize::partial_back(const Backward& ctx, Slice samples, std::span<double> out) const noexcept {
  const auto channels = as_size(form_.channels), spatial = as_size(form_.spatial);
  const auto moments = [&](Slice some, double* to) {
    ctx.kernels->normalize.back_moments(ctx.x[0].row(some.begin), ctx.dy.row(some.begin), as_size(some.count()), channels, spatial,
                                        map(ctx, some, false), epilogue(ctx), to);
  };
  if (!form_.per_sample) return moments(samples, out.data());
  for (int row = samples.begin; row < samples.end; ++row)
    moments({row, row + 1}, out.data() + as_size(row - samples.begin) * 2 * channels);
}

void FusedNormalize::merge_back(const Backward& ctx, std::span<double> all) const noexcept {
  const auto channels = as_size(form_.channels);
  ctx.kernels->normalize.through_gamma(all.data(), all.size() / (2 * channels), channels, epilogue(ctx).gamma,
                                       static_cast<double*>(ctx.buffers.back()));
  statistics_->merge_back(ctx, all);
}

void FusedNormalize::recur(const Forward& ctx, Slice channels) const noexcept { recurrence_->recur(ctx, channels); }
void FusedNormalize::recur_back(const Backward& ctx, Slice channels, const Epilogue&) const noexcept {
  const NormEpilogue all = epilogue(ctx);
  recurrence_->recur_back(ctx, channels, {all, all.gamma || all.beta ? static_cast<double*>(ctx.buffers.back()) : nullptr});
}

void FusedNormalize::backward_input(const Backward& ctx, Slice samples) const noexcept {
  ctx.kernels->normalize.backward(ctx.x[0].row(samples.begin), ctx.dy.row(samples.begin), ctx.dx[0].row(samples.begin),
                                  as_size(samples.count()), as_size(form_.channels), as_size(form_.spatial),
                                  map(ctx, samples, true), epilogue(ctx));
}

void FusedNormalize::backward_params(const Backward& ctx, Slice, Gradients gradients) const noexcept {
  const auto channels = as_size(form_.channels);
  const double* const sums = static_cast<const double*>(ctx.buffers.back());
  const auto write = [&](real* to, const double* from) {
    for (std::size_t c = 0; to && c < channels; ++c) to[c] = static_cast<real>(from[c]) + (gradients.add ? to[c] : real(0));
  };
  std::size_t param = 0;
  if (map_form_.gamma) write(gradients.at[param++], sums + channels);
  if (map_form_.beta) write(gradients.at[param], sums);
}

Description FusedNormalize::describe() const {
  Description description = normalize_->describe();
  description.kind += channel_map_ ? "+affine" : "";
  description.kind += relu_ ? "+relu" : "";
  return description;
}

}  // namespace cambium
