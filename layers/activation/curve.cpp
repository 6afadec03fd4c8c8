#include "cambium/layers/activation/curve.h"

#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/activation/rows.h"

namespace cambium {

LayerSpec Curve::plan(const Setting& setting) const {
  LayerSpec spec;
  spec.out = only_input(setting);
  spec.reads_y = spec.in_place = spec.backward_in_place = true;
  spec.flops = 10.0 * spec.out.size();
  spec.form = form::Pointwise{function_};
  return spec;
}

void Curve::forward(const Forward& ctx, Slice slice) const noexcept {
  (ctx.kernels->elementwise.*kernel_)(ctx.x[0].row(slice.begin), ctx.y.row(slice.begin), values_in(slice, ctx.y.shape));
}

void Curve::backward_input(const Backward& ctx, Slice slice) const noexcept {
  (ctx.kernels->elementwise.*back_)(ctx.y.row(slice.begin), ctx.dy.row(slice.begin), ctx.dx[0].row(slice.begin),
                                    values_in(slice, ctx.dy.shape));
}

}  // namespace cambium
