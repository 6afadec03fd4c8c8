#include "cambium/layers/normalization/layer_scaling.h"

#include "cambium/framework/base/export_form.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/normalization/grouped_norm.h"

namespace cambium {

LayerScaling::LayerScaling(LayerScalingOptions options) : options_(options) { check_epsilon("layer_scaling", options.epsilon); }

LayerSpec LayerScaling::plan(const Setting& setting) const {
  LayerSpec spec;
  spec.out = only_input(setting);
  spec.saved = {{Saved::Type::reals, 0, 1}};  // the scale of each sample
  spec.reads_y = spec.in_place = spec.backward_in_place = true;
  spec.flops = 3.0 * spec.out.size();
  spec.exported = exported(form::SampleNorm{1, false, options_.epsilon});
  return spec;
}

void LayerScaling::forward(const Forward& ctx, Slice slice) const noexcept {
  const auto n = as_size(ctx.y.shape.size());
  const DeviationRule rule{options_.epsilon, false};
  for (int row = slice.begin; row < slice.end; ++row) {
    const double square = ctx.kernels->elementwise.sum_of_squares(ctx.x[0].row(row), n) / static_cast<double>(n);
    const real rstd = ctx.saved<real>(0)[row] = static_cast<real>(rule.reciprocal(0, square));
    ctx.kernels->elementwise.scale(ctx.x[0].row(row), rstd, ctx.y.row(row), n);
  }
}

void LayerScaling::backward_input(const Backward& ctx, Slice slice) const noexcept {
  const auto n = as_size(ctx.y.shape.size());
  for (int row = slice.begin; row < slice.end; ++row)
    scaled_back(ctx.kernels->normalize, ctx.y.row(row), ctx.dy.row(row), ctx.dx[0].row(row), n, ctx.saved<const real>(0)[row],
                false);
}

Description LayerScaling::describe() const { return describe_options("layer_scaling", options_); }

}  // namespace cambium
