#include "cambium/layers/regularization/dropout.h"

#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/layers/activation/rows.h"

namespace cambium {

Dropout::Dropout(DropoutOptions options) : options_(options) {
  if (!(options.rate >= 0 && options.rate < 1))
    throw Error("dropout with rate " + text_of(options.rate) + ": the rate must be at least 0 and below 1", "Dropout(0.5)");
}

LayerSpec Dropout::plan(const Setting& setting) const {
  LayerSpec spec;
  spec.out = only_input(setting);
  spec.in_place = spec.backward_in_place = true;
  if (setting.mode == Mode::train)
    spec.flops = spec.out.size();
  else
    spec.form = form::Reshape{};  // the plan may pass over it
  return spec;
}

void Dropout::forward(const Forward& ctx, Slice slice) const noexcept { drop(ctx, ctx.x[0], ctx.y, slice); }

void Dropout::backward_input(const Backward& ctx, Slice slice) const noexcept { drop(ctx, ctx.dy, ctx.dx[0], slice); }

void Dropout::drop(const Context& ctx, ConstView from, View to, Slice slice) const noexcept {
  if (ctx.mode != Mode::train) return copy_rows(from, to, slice);
  const real scale = static_cast<real>(1 / (1 - options_.rate));
  const real* x = from.row(slice.begin);
  real* y = to.row(slice.begin);
  const std::size_t n = values_in(slice, from.shape);
  const std::uint64_t first = values_in({0, slice.begin}, from.shape);  // counted over the batch, however it is cut
  // uniform(i) < rate, in integers; and a choice of values, since the processor cannot guess a choice of ways.
  const auto below = static_cast<std::uint64_t>(std::ceil(options_.rate * 0x1.0p53));
  const real factor[] = {scale, 0};
  for (std::size_t i = 0; i < n; ++i) y[i] = x[i] * factor[ctx.random.bits(first + i) >> 11 < below];
}

Description Dropout::describe() const { return describe_options("dropout", options_); }

}  // namespace cambium
