#include "cambium/layers/shape/flatten.h"

#include "cambium/layers/activation/rows.h"

namespace cambium {

LayerSpec Flatten::plan(const Setting& setting) const {
  LayerSpec spec;
  spec.out = Shape(only_input(setting).size());
  spec.in_place = spec.backward_in_place = true;
  spec.form = form::Reshape{};
  return spec;
}

void Flatten::forward(const Forward& ctx, Slice slice) const noexcept { copy_rows(ctx.x[0], ctx.y, slice); }

void Flatten::backward_input(const Backward& ctx, Slice slice) const noexcept { copy_rows(ctx.dy, ctx.dx[0], slice); }

Description Flatten::describe() const { return {"flatten", {}}; }

}  // namespace cambium
