#include "cambium/layers/activation/activation_clamp.h"

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/export_form.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/activation/rows.h"

namespace cambium {

ActivationClamp::ActivationClamp(ActivationClampOptions options) : options_(options) {
  if (!(options.bound >= 1e-30 && options.bound <= 1e30))
    throw Error("activation_clamp: bound = " + text_of(options.bound) + ", which must be between 1e-30 and 1e30",
                "ActivationClamp(5)");
}

LayerSpec ActivationClamp::plan(const Setting& setting) const {
  LayerSpec spec;
  spec.out = only_input(setting);
  spec.reads_y = spec.in_place = spec.backward_in_place = true;
  spec.flops = 2.0 * spec.out.size();
  spec.exported = exported(form::Clip{options_.bound});
  return spec;
}

void ActivationClamp::forward(const Forward& ctx, Slice slice) const noexcept {
  ctx.kernels->bounds.clip(ctx.x[0].row(slice.begin), static_cast<real>(options_.bound), ctx.y.row(slice.begin),
                           values_in(slice, ctx.y.shape));
}

void ActivationClamp::backward_input(const Backward& ctx, Slice slice) const noexcept {
  ctx.kernels->bounds.clip_back(ctx.y.row(slice.begin), static_cast<real>(options_.bound), ctx.dy.row(slice.begin),
                                ctx.dx[0].row(slice.begin), values_in(slice, ctx.dy.shape));
}

Description ActivationClamp::describe() const { return describe_options("activation_clamp", options_); }

}  // namespace cambium
