#include "cambium/layers/tanh.h"

#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/rows.h"

namespace cambium {

LayerSpec Tanh::plan(const Setting& setting) const {
  LayerSpec spec;
  spec.out = only_input(setting);
  spec.reads_y = spec.in_place = spec.backward_in_place = true;
  spec.flops = 10.0 * spec.out.size();
  spec.form = form::Pointwise{form::Pointwise::Function::tanh};
  return spec;
}

void Tanh::forward(const Forward& ctx, Slice slice) const noexcept {
  ctx.kernels->elementwise.tanh(ctx.x[0].row(slice.begin), ctx.y.row(slice.begin), values_in(slice, ctx.y.shape));
}

void Tanh::backward_input(const Backward& ctx, Slice slice) const noexcept {
  ctx.kernels->elementwise.tanh_back(ctx.y.row(slice.begin), ctx.dy.row(slice.begin), ctx.dx[0].row(slice.begin),
                                     values_in(slice, ctx.dy.shape));
}

Description Tanh::describe() const { return {"tanh", {}}; }

}  // namespace cambium
