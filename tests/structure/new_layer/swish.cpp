#include "cambium/layers/activation/swish.h"

#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/layers/activation/rows.h"

namespace cambium {

Swish::Swish(SwishOptions options) : options_(options) {
  if (!(options.slope > 0 && std::isfinite(options.slope)))
    throw Error("swish: slope = " + text_of(options.slope) + ", which must be above 0 and finite", "1");
}

LayerSpec Swish::plan(const Setting& setting) const {
  LayerSpec spec;
  spec.out = only_input(setting);
  spec.reads_x = spec.backward_in_place = true;
  spec.flops = 10.0 * spec.out.size();
  return spec;
}

void Swish::forward(const Forward& ctx, Slice slice) const noexcept {
  const real* x = ctx.x[0].row(slice.begin);
  real* y = ctx.y.row(slice.begin);
  const real slope = static_cast<real>(options_.slope);
  for (std::size_t i = 0; i < values_in(slice, ctx.y.shape); ++i) y[i] = x[i] / (1 + std::exp(-slope * x[i]));
}

void Swish::backward_input(const Backward& ctx, Slice slice) const noexcept {
  const real* x = ctx.x[0].row(slice.begin);
  const real* dy = ctx.dy.row(slice.begin);
  real* dx = ctx.dx[0].row(slice.begin);
  const real slope = static_cast<real>(options_.slope);
  for (std::size_t i = 0; i < values_in(slice, ctx.dy.shape); ++i) {
    const real s = 1 / (1 + std::exp(-slope * x[i]));
    dx[i] = dy[i] * (s + slope * x[i] * s * (1 - s));
  }
}

Description Swish::describe() const { return describe_options("swish", options_); }

}  // namespace cambium
