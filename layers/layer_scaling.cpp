#include "cambium/layers/layer_scaling.h"

#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/grouped_norm.h"

namespace cambium {

LayerScaling::LayerScaling(LayerScalingOptions options) : options_(options) { check_epsilon("layer_scaling", options.epsilon); }

Needs LayerScaling::plan(const Setting& setting) const {
  Needs needs;
  needs.out = only_input(setting);
  needs.keep = {{Room::Type::reals, 0, 1}};  // the scale of each sample
  needs.reads_y = needs.y_may_be_x = needs.dx_may_be_dy = true;
  needs.flops = 3.0 * needs.out.size();
  return needs;
}

void LayerScaling::forward(const Pass& pass, Rows rows) const noexcept {
  const auto n = static_cast<std::size_t>(pass.y.shape.size());
  const DeviationRule rule{options_.epsilon, false};
  for (int row = rows.begin; row < rows.end; ++row) {
    const double square = pass.kernels->elementwise.sum_of_squares(pass.x[0].row(row), n) / static_cast<double>(n);
    const real rstd = pass.kept<real>(0)[row] = static_cast<real>(rule.reciprocal(0, square));
    pass.kernels->elementwise.scale(pass.x[0].row(row), rstd, pass.y.row(row), n);
  }
}

void LayerScaling::backward(const Back& back, Rows rows) const noexcept {
  if (back.dx[0].data == nullptr) return;
  const auto n = static_cast<std::size_t>(back.y.shape.size());
  for (int row = rows.begin; row < rows.end; ++row)
    scaled_back(back.kernels->normalize, back.y.row(row), back.dy.row(row), back.dx[0].row(row), n, back.kept<const real>(0)[row],
                false);
}

Description LayerScaling::describe() const { return describe_options("layer_scaling", options_); }

}  // namespace cambium
