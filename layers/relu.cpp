#include "cambium/layers/relu.h"

#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/rows.h"

namespace cambium {

Needs Relu::plan(const Setting& setting) const {
  Needs needs;
  needs.out = only_input(setting);
  needs.reads_y = needs.y_may_be_x = needs.dx_may_be_dy = needs.cheap = true;
  needs.flops = needs.out.size();
  needs.form = form::Pointwise{form::Pointwise::Function::relu};
  return needs;
}

void Relu::forward(const Pass& pass, Rows rows) const noexcept {
  pass.kernels->elementwise.relu(pass.x[0].row(rows.begin), pass.y.row(rows.begin), values_in(rows, pass.y.shape));
}

void Relu::backward(const Back& back, Rows rows) const noexcept {
  if (back.dx[0].data == nullptr) return;
  back.kernels->elementwise.relu_back(back.y.row(rows.begin), back.dy.row(rows.begin), back.dx[0].row(rows.begin),
                                      values_in(rows, back.dy.shape));
}

Description Relu::describe() const { return {"relu", {}}; }

}  // namespace cambium
