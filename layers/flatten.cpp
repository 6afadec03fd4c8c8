#include "cambium/layers/flatten.h"

#include "cambium/layers/rows.h"

namespace cambium {

Needs Flatten::plan(const Setting& setting) const {
  Needs needs;
  needs.out = Shape(only_input(setting).size());
  needs.y_may_be_x = needs.dx_may_be_dy = true;
  needs.form = form::Reshape{};
  return needs;
}

void Flatten::forward(const Pass& pass, Rows rows) const noexcept { copy_rows(pass.x[0], pass.y, rows); }

void Flatten::backward(const Back& back, Rows rows) const noexcept {
  if (back.dx[0].data != nullptr) copy_rows(back.dy, back.dx[0], rows);
}

Description Flatten::describe() const { return {"flatten", {}}; }

}  // namespace cambium
