#include "cambium/layers/joining/difference.h"

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/export_form.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/activation/rows.h"
#include "cambium/layers/joining/join.h"

namespace cambium {

LayerSpec Difference::plan(const Setting& setting) const {
  LayerSpec spec;
  spec.out = equal_inputs(setting, "Difference()");
  if (setting.in.size() != 2)
    throw Error("needs two inputs, the first minus the second, got " + std::to_string(setting.in.size()),
                "Add() for the others first");
  spec.in_place = spec.backward_in_place = spec.recomputable = true;
  spec.flops = spec.out.size();
  spec.exported = exported(form::Join{form::Join::How::difference});
  return spec;
}

void Difference::forward(const Forward& ctx, Slice slice) const noexcept {
  ctx.kernels->elementwise.subtract(ctx.x[0].row(slice.begin), ctx.x[1].row(slice.begin), ctx.y.row(slice.begin),
                                    values_in(slice, ctx.y.shape));
}

void Difference::backward_input(const Backward& ctx, Slice slice) const noexcept {
  const View &first = ctx.dx[0], &second = ctx.dx[1];
  if (first.data != nullptr) copy_rows(ctx.dy, first, slice);  // before dx_1, which may overwrite dy
  if (second.data != nullptr)
    ctx.kernels->elementwise.negate(ctx.dy.row(slice.begin), second.row(slice.begin), values_in(slice, second.shape));
}

Description Difference::describe() const { return {"difference", {}}; }

}  // namespace cambium
