#include "cambium/layers/joining/add.h"

#include "cambium/framework/base/export_form.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/activation/rows.h"
#include "cambium/layers/joining/join.h"

namespace cambium {

LayerSpec Add::plan(const Setting& setting) const {
  LayerSpec spec;
  spec.out = equal_inputs(setting, "Add()");
  spec.in_place = spec.backward_in_place = spec.recomputable = true;
  spec.flops = static_cast<double>(setting.in.size() - 1) * spec.out.size();
  spec.exported = exported(form::Join{form::Join::How::sum});
  return spec;
}

void Add::forward(const Forward& ctx, Slice slice) const noexcept {
  constexpr std::size_t block = 512;  // stays in the nearest cache, and lets y be any of the inputs
  const std::size_t n = values_in(slice, ctx.y.shape);
  const auto add = ctx.kernels->elementwise.add;
  real sum[block];
  for (std::size_t i = 0; i < n; i += block) {
    const std::size_t count = n - i < block ? n - i : block, last = ctx.x.size() - 1;
    const real* left = ctx.x[0].row(slice.begin) + i;
    for (std::size_t k = 1; k < last; ++k, left = sum) add(left, ctx.x[k].row(slice.begin) + i, sum, count);
    add(left, ctx.x[last].row(slice.begin) + i, ctx.y.row(slice.begin) + i, count);
  }
}

void Add::backward_input(const Backward& ctx, Slice slice) const noexcept {
  for (const View& dx : ctx.dx)
    if (dx.data != nullptr) copy_rows(ctx.dy, dx, slice);
}

Description Add::describe() const { return {"add", {}}; }

}  // namespace cambium
