#include "cambium/layers/tanh.h"

#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/rows.h"

namespace cambium {

Needs Tanh::plan(const Setting& setting) const {
  Needs needs;
  needs.out = only_input(setting);
  needs.reads_y = needs.y_may_be_x = needs.dx_may_be_dy = true;
  needs.flops = 10.0 * needs.out.size();
  needs.form = form::Pointwise{form::Pointwise::Function::tanh};
  return needs;
}

void Tanh::forward(const Pass& pass, Rows rows) const noexcept {
  pass.kernels->elementwise.tanh(pass.x[0].row(rows.begin), pass.y.row(rows.begin), values_in(rows, pass.y.shape));
}

void Tanh::backward(const Back& back, Rows rows) const noexcept {
  if (back.dx[0].data == nullptr) return;
  back.kernels->elementwise.tanh_back(back.y.row(rows.begin), back.dy.row(rows.begin), back.dx[0].row(rows.begin),
                                      values_in(rows, back.dy.shape));
}

Description Tanh::describe() const { return {"tanh", {}}; }

}  // namespace cambium
