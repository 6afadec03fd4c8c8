#include "cambium/layers/swish.h"

#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/layers/rows.h"

namespace cambium {

Swish::Swish(SwishOptions options) : options_(options) {
  if (!(options.slope > 0 && std::isfinite(options.slope)))
    throw Error("swish: slope = " + text_of(options.slope) + ", which must be above 0 and finite", "1");
}

Needs Swish::plan(const Setting& setting) const {
  Needs needs;
  needs.out = only_input(setting);
  needs.reads_x = needs.dx_may_be_dy = true;
  needs.flops = 10.0 * needs.out.size();
  return needs;
}

void Swish::forward(const Pass& pass, Rows rows) const noexcept {
  const real* x = pass.x[0].row(rows.begin);
  real* y = pass.y.row(rows.begin);
  const real slope = static_cast<real>(options_.slope);
  for (std::size_t i = 0; i < values_in(rows, pass.y.shape); ++i) y[i] = x[i] / (1 + std::exp(-slope * x[i]));
}

void Swish::backward(const Back& back, Rows rows) const noexcept {
  if (back.dx[0].data == nullptr) return;
  const real* x = back.x[0].row(rows.begin);
  const real* dy = back.dy.row(rows.begin);
  real* dx = back.dx[0].row(rows.begin);
  const real slope = static_cast<real>(options_.slope);
  for (std::size_t i = 0; i < values_in(rows, back.dy.shape); ++i) {
    const real s = 1 / (1 + std::exp(-slope * x[i]));
    dx[i] = dy[i] * (s + slope * x[i] * s * (1 - s));
  }
}

Description Swish::describe() const { return describe_options("swish", options_); }

}  // namespace cambium
