#include "cambium/layers/add.h"

#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/join.h"
#include "cambium/layers/rows.h"

namespace cambium {

Needs Add::plan(const Setting& setting) const {
  Needs needs;
  needs.out = equal_inputs(setting, "Add()");
  needs.y_may_be_x = needs.dx_may_be_dy = needs.cheap = true;
  needs.flops = static_cast<double>(setting.in.size() - 1) * needs.out.size();
  needs.form = form::Join{form::Join::Kind::add};
  return needs;
}

void Add::forward(const Pass& pass, Rows rows) const noexcept {
  constexpr std::size_t block = 512;  // stays in the nearest cache, and lets y be any of the inputs
  const std::size_t n = values_in(rows, pass.y.shape);
  const auto add = pass.kernels->elementwise.add;
  real sum[block];
  for (std::size_t i = 0; i < n; i += block) {
    const std::size_t count = n - i < block ? n - i : block, last = pass.x.size() - 1;
    const real* left = pass.x[0].row(rows.begin) + i;
    for (std::size_t k = 1; k < last; ++k, left = sum) add(left, pass.x[k].row(rows.begin) + i, sum, count);
    add(left, pass.x[last].row(rows.begin) + i, pass.y.row(rows.begin) + i, count);
  }
}

void Add::backward(const Back& back, Rows rows) const noexcept {
  for (const View& dx : back.dx)
    if (dx.data != nullptr) copy_rows(back.dy, dx, rows);
}

Description Add::describe() const { return {"add", {}}; }

}  // namespace cambium
