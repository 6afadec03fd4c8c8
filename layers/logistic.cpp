#include "cambium/layers/logistic.h"

#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/rows.h"

namespace cambium {

LayerSpec Logistic::plan(const Setting& setting) const {
  LayerSpec spec;
  spec.out = only_input(setting);
  spec.reads_y = spec.in_place = spec.backward_in_place = true;
  spec.flops = 10.0 * spec.out.size();
  spec.form = form::Pointwise{form::Pointwise::Function::logistic};
  return spec;
}

void Logistic::forward(const Forward& ctx, Slice slice) const noexcept {
  ctx.kernels->elementwise.logistic(ctx.x[0].row(slice.begin), ctx.y.row(slice.begin), values_in(slice, ctx.y.shape));
}

void Logistic::backward_input(const Backward& ctx, Slice slice) const noexcept {
  ctx.kernels->elementwise.logistic_back(ctx.y.row(slice.begin), ctx.dy.row(slice.begin), ctx.dx[0].row(slice.begin),
                                         values_in(slice, ctx.dy.shape));
}

Description Logistic::describe() const { return {"logistic", {}}; }

}  // namespace cambium
