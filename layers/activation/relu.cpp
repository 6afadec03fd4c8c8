#include "cambium/layers/activation/relu.h"

#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/activation/rows.h"

namespace cambium {

LayerSpec Relu::plan(const Setting& setting) const {
  LayerSpec spec;
  spec.out = only_input(setting);
  spec.reads_y = spec.in_place = spec.backward_in_place = spec.recomputable = true;
  spec.flops = spec.out.size();
  spec.form = form::Pointwise{form::Pointwise::Function::relu};
  return spec;
}

void Relu::forward(const Forward& ctx, Slice slice) const noexcept {
  ctx.kernels->elementwise.relu(ctx.x[0].row(slice.begin), ctx.y.row(slice.begin), values_in(slice, ctx.y.shape));
}

void Relu::backward_input(const Backward& ctx, Slice slice) const noexcept {
  ctx.kernels->elementwise.relu_back(ctx.y.row(slice.begin), ctx.dy.row(slice.begin), ctx.dx[0].row(slice.begin),
                                     values_in(slice, ctx.dy.shape));
}

Description Relu::describe() const { return {"relu", {}}; }

}  // namespace cambium
