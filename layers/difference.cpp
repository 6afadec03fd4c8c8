#include "cambium/layers/difference.h"

#include "cambium/framework/base/error.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/join.h"
#include "cambium/layers/rows.h"

namespace cambium {

Needs Difference::plan(const Setting& setting) const {
  Needs needs;
  needs.out = equal_inputs(setting, "Difference()");
  if (setting.in.size() != 2)
    throw Error("needs two inputs, the first minus the second, got " + std::to_string(setting.in.size()),
                "Add() for the others first");
  needs.y_may_be_x = needs.dx_may_be_dy = needs.cheap = true;
  needs.flops = needs.out.size();
  needs.form = form::Join{form::Join::Kind::subtract};
  return needs;
}

void Difference::forward(const Pass& pass, Rows rows) const noexcept {
  pass.kernels->elementwise.subtract(pass.x[0].row(rows.begin), pass.x[1].row(rows.begin), pass.y.row(rows.begin),
                                     values_in(rows, pass.y.shape));
}

void Difference::backward(const Back& back, Rows rows) const noexcept {
  const View &first = back.dx[0], &second = back.dx[1];
  if (first.data != nullptr) copy_rows(back.dy, first, rows);  // before dx_1, which may overwrite dy
  if (second.data != nullptr)
    back.kernels->elementwise.negate(back.dy.row(rows.begin), second.row(rows.begin), values_in(rows, second.shape));
}

Description Difference::describe() const { return {"difference", {}}; }

}  // namespace cambium
