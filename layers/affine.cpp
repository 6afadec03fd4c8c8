#include "cambium/layers/affine.h"

#include "cambium/framework/base/error.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

Affine::Affine(AffineOptions options) : options_(options) {
  if (!options.gamma && !options.beta)
    throw Error("affine: without gamma and without beta it does nothing", "leaving the layer out");
}

Needs Affine::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const int channels = static_cast<int>(extent_of(in, options_.per).channels);
  Needs needs;
  needs.out = in;
  if (options_.gamma) needs.params.push_back({.name = "gamma", .sizes = {channels}, .init = init::ones(), .decay = false});
  if (options_.beta) needs.params.push_back({.name = "beta", .sizes = {channels}, .init = init::zeros(), .decay = false});
  needs.reads_x = options_.gamma;
  needs.y_may_be_x = true;
  needs.dx_may_be_dy = true;
  needs.cut = GradientCut::outputs;
  needs.gradient_units = channels;
  needs.flops = (options_.gamma + options_.beta) * 1.0 * in.size();
  if (options_.per == Per::channel) needs.form = form::ChannelMap{options_.gamma, options_.beta};
  return needs;
}

void Affine::forward(const Pass& pass, Rows rows) const noexcept {
  const auto [channels, spatial] = extent_of(pass.x[0].shape, options_.per);
  pass.kernels->normalize.channel_map(pass.x[0].row(rows.begin), pass.y.row(rows.begin), static_cast<std::size_t>(rows.count()),
                                      channels, spatial, {gamma(pass), beta(pass), false});
}

void Affine::backward(const Back& back, Rows rows) const noexcept {
  if (!back.dx[0].data) return;
  const auto [channels, spatial] = extent_of(back.dy.shape, options_.per);
  back.kernels->normalize.channel_map(back.dy.row(rows.begin), back.dx[0].row(rows.begin), static_cast<std::size_t>(rows.count()),
                                      channels, spatial, {gamma(back), nullptr, false});
}

void Affine::gradient(const Back& back, Rows part, Gradients to) const noexcept {
  const auto [channels, spatial] = extent_of(back.dy.shape, options_.per);
  real* const dgamma = options_.gamma ? to.at[0] : nullptr;
  real* const dbeta = options_.beta ? to.at[options_.gamma ? 1 : 0] : nullptr;
  const real* const x = dgamma ? back.x[0].data : back.dy.data;  // without gamma, x need not be there any more
  back.kernels->normalize.channel_map_gradient(x, back.dy.data, static_cast<std::size_t>(back.batch), channels, spatial,
                                               static_cast<std::size_t>(part.begin), static_cast<std::size_t>(part.end), dgamma,
                                               dbeta, to.add);
}

Description Affine::describe() const { return describe_options("affine", options_); }

}  // namespace cambium
