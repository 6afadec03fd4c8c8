#include "cambium/layers/dropout.h"

#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/layers/rows.h"

namespace cambium {

Dropout::Dropout(DropoutOptions options) : options_(options) {
  if (!(options.rate >= 0 && options.rate < 1))
    throw Error("dropout with rate " + text_of(options.rate) + ": the rate must be at least 0 and below 1", "Dropout(0.5)");
}

Needs Dropout::plan(const Setting& setting) const {
  Needs needs;
  needs.out = only_input(setting);
  needs.y_may_be_x = needs.dx_may_be_dy = true;
  if (setting.mode == Mode::train) needs.flops = needs.out.size();
  else needs.form = form::Reshape{};  // the plan may pass over it
  return needs;
}

void Dropout::forward(const Pass& pass, Rows rows) const noexcept { drop(pass, pass.x[0], pass.y, rows); }

void Dropout::backward(const Back& back, Rows rows) const noexcept {
  if (back.dx[0].data != nullptr) drop(back, back.dy, back.dx[0], rows);
}

void Dropout::drop(const Frame& frame, ConstView from, View to, Rows rows) const noexcept {
  if (frame.mode != Mode::train) return copy_rows(from, to, rows);
  const real scale = static_cast<real>(1 / (1 - options_.rate));
  const real* x = from.row(rows.begin);
  real* y = to.row(rows.begin);
  const std::size_t n = values_in(rows, from.shape);
  const auto first = static_cast<std::uint64_t>(from.row(rows.begin) - from.data);  // counted over the batch, whatever the pieces
  // uniform(i) < rate, in integers; and a choice of values, since the processor cannot guess a choice of ways.
  const auto below = static_cast<std::uint64_t>(std::ceil(options_.rate * 0x1.0p53));
  const real factor[] = {scale, 0};
  for (std::size_t i = 0; i < n; ++i) y[i] = x[i] * factor[frame.random.bits(first + i) >> 11 < below];
}

Description Dropout::describe() const { return describe_options("dropout", options_); }

}  // namespace cambium
