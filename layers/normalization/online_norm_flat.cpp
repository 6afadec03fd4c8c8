// Flat samples go through the recurrences of framework/kernels/online.cpp whole: x to xhat, and dy to dx. While a start is
// warming, each sample has a rule of its own.
#include <algorithm>

#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/normalization/parts/online_buffers.h"

namespace cambium {

using namespace online;

namespace {

OnlineValues values_of(Slice share, int samples, std::size_t channels) {
  return {as_size(samples), channels, as_size(share.begin), as_size(share.end)};
}

}  // namespace

void OnlineNorm::recur(const Forward& ctx, Slice share) const noexcept {
  const auto channels = as_size(ctx.x[0].shape.size());
  begin_next(ctx, {mean_state, var_state, u_state, v_state}, share);
  const double count = *ctx.state[count_state];
  if (share.begin == 0) *ctx.next[count_state] = count + ctx.batch;
  for (int row = 0, rows = 1; row < ctx.batch; row += rows) {
    const OnlineRule rule = rule_after(count + row);
    rows = rule.enters_first ? 1 : ctx.batch - row;
    ctx.kernels->online.take_values(ctx.x[0].row(row), values_of(share, rows, channels), rule, ctx.next[mean_state],
                                    ctx.next[var_state], of_sample(ctx.saved<real>(xhat_buffer), row, channels),
                                    of_sample(ctx.saved<real>(rstd_buffer), row, channels));
  }
}

void OnlineNorm::recur_back(const Backward& ctx, Slice share, const Epilogue& epilogue) const noexcept {
  const auto channels = as_size(ctx.dy.shape.size());
  begin_next(ctx, {u_state, v_state}, share);
  for (double* sums = epilogue.sums; sums && sums <= epilogue.sums + channels; sums += channels)
    std::fill(sums + share.begin, sums + share.end, 0.0);
  const double young = options_.start == OnlineNormOptions::Start::warm ? options_.too_few - *ctx.state[count_state] : 0;
  const int few = static_cast<int>(std::clamp(young, 0.0, static_cast<double>(ctx.batch)));  // for these s is infinite
  const auto take = [&](int row, int end, bool held) {
    real* const dx = ctx.dx[0].data ? ctx.dx[0].row(row) : nullptr;
    ctx.kernels->online.take_values_back(of_sample(ctx.saved<const real>(xhat_buffer), row, channels),
                                         of_sample(ctx.saved<const real>(rstd_buffer), row, channels), ctx.dy.row(row),
                                         values_of(share, end - row, channels), epilogue, control(), held, ctx.next[u_state],
                                         ctx.next[v_state], dx);
  };
  take(0, few, true);
  take(few, ctx.batch, false);
}

}  // namespace cambium
