#include "cambium/layers/linear/affine.h"

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/export_form.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

Affine::Affine(AffineOptions options) : options_(options) {
  if (!options.gamma && !options.beta)
    throw Error("affine: without gamma and without beta it does nothing", "leaving the layer out");
}

LayerSpec Affine::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const int channels = static_cast<int>(extent_of(in, options_.per).channels);
  LayerSpec spec;
  spec.out = in;
  if (options_.gamma) spec.params.push_back({.name = "gamma", .sizes = {channels}, .init = init::ones(), .decay = false});
  if (options_.beta) spec.params.push_back({.name = "beta", .sizes = {channels}, .init = init::zeros(), .decay = false});
  spec.reads_x = options_.gamma;
  spec.in_place = spec.backward_in_place = true;
  spec.param_outputs = channels;
  spec.flops = (options_.gamma + options_.beta) * 1.0 * in.size();
  if (options_.per == Per::channel) spec.form = form::ChannelMap{options_.gamma, options_.beta};
  spec.exported = exported(form::RunMap{channels, options_.gamma, options_.beta});
  return spec;
}

void Affine::forward(const Forward& ctx, Slice slice) const noexcept {
  const auto [channels, spatial] = extent_of(ctx.x[0].shape, options_.per);
  ctx.kernels->normalize.channel_map(ctx.x[0].row(slice.begin), ctx.y.row(slice.begin), as_size(slice.count()), channels, spatial,
                                     {gamma(ctx), beta(ctx), false});
}

void Affine::backward_input(const Backward& ctx, Slice slice) const noexcept {
  const auto [channels, spatial] = extent_of(ctx.dy.shape, options_.per);
  ctx.kernels->normalize.channel_map(ctx.dy.row(slice.begin), ctx.dx[0].row(slice.begin), as_size(slice.count()), channels, spatial,
                                     {gamma(ctx), nullptr, false});
}

void Affine::backward_params(const Backward& ctx, Slice part, Gradients to) const noexcept {
  const auto [channels, spatial] = extent_of(ctx.dy.shape, options_.per);
  real* const dgamma = options_.gamma ? to.at[0] : nullptr;
  real* const dbeta = options_.beta ? to.at[options_.gamma ? 1 : 0] : nullptr;
  const real* const x = dgamma ? ctx.x[0].data : ctx.dy.data;  // without gamma, x need not be there any more
  ctx.kernels->normalize.channel_map_gradient(x, ctx.dy.data, as_size(ctx.batch), channels, spatial, as_size(part.begin),
                                              as_size(part.end), dgamma, dbeta, to.add);
}

Description Affine::describe() const { return describe_options("affine", options_); }

}  // namespace cambium
