#include "cambium/layers/activation_clamp.h"

#include "cambium/framework/base/error.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/rows.h"

namespace cambium {

ActivationClamp::ActivationClamp(ActivationClampOptions options) : options_(options) {
  if (!(options.bound >= 1e-30 && options.bound <= 1e30))
    throw Error("activation_clamp: bound = " + text_of(options.bound) + ", which must be between 1e-30 and 1e30",
                "ActivationClamp(5)");
}

Needs ActivationClamp::plan(const Setting& setting) const {
  Needs needs;
  needs.out = only_input(setting);
  needs.reads_y = needs.y_may_be_x = needs.dx_may_be_dy = true;
  needs.flops = 2.0 * needs.out.size();
  return needs;
}

void ActivationClamp::forward(const Pass& pass, Rows rows) const noexcept {
  pass.kernels->bounds.clip(pass.x[0].row(rows.begin), static_cast<real>(options_.bound), pass.y.row(rows.begin),
                            values_in(rows, pass.y.shape));
}

void ActivationClamp::backward(const Back& back, Rows rows) const noexcept {
  if (back.dx[0].data == nullptr) return;
  back.kernels->bounds.clip_back(back.y.row(rows.begin), static_cast<real>(options_.bound), back.dy.row(rows.begin),
                                 back.dx[0].row(rows.begin), values_in(rows, back.dy.shape));
}

Description ActivationClamp::describe() const { return describe_options("activation_clamp", options_); }

}  // namespace cambium
