#include "cambium/layers/pooling/global_avg_pool.h"

#include "cambium/framework/base/export_form.h"

namespace cambium {

namespace {

// In eight sums side by side, so that an addition need not wait for the one before it.
double mean_of(const real* x, int n) {
  constexpr int lanes = 8;
  double sum[lanes] = {};
  int i = 0;
  for (; i + lanes <= n; i += lanes)
    for (int lane = 0; lane < lanes; ++lane) sum[lane] += static_cast<double>(x[i + lane]);
  for (int lane = 0; i + lane < n; ++lane) sum[lane] += static_cast<double>(x[i + lane]);
  return (((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]))) / n;
}

}  // namespace

LayerSpec GlobalAvgPool::plan(const Setting& setting) const {
  const Shape& in = only_image(setting);
  LayerSpec spec;
  spec.out = Shape(in.channels());
  spec.flops = in.size();
  spec.exported = exported(form::ChannelMean{});
  return spec;
}

void GlobalAvgPool::forward(const Forward& ctx, Slice slice) const noexcept {
  const ConstView& x = ctx.x[0];
  const int spatial = x.shape.spatial(), channels = x.shape.channels();
  for (int row = slice.begin; row < slice.end; ++row)
    for (int c = 0; c < channels; ++c)
      ctx.y.row(row)[c] = static_cast<real>(mean_of(x.row(row) + static_cast<std::ptrdiff_t>(c) * spatial, spatial));
}

void GlobalAvgPool::backward_input(const Backward& ctx, Slice slice) const noexcept {
  const View& dx = ctx.dx[0];
  const int spatial = dx.shape.spatial(), channels = dx.shape.channels();
  for (int row = slice.begin; row < slice.end; ++row)
    for (int c = 0; c < channels; ++c) {
      const real share = ctx.dy.row(row)[c] / static_cast<real>(spatial);
      real* to = dx.row(row) + static_cast<std::ptrdiff_t>(c) * spatial;
      for (int i = 0; i < spatial; ++i) to[i] = share;
    }
}

Description GlobalAvgPool::describe() const { return {"global_avg_pool", {}}; }

}  // namespace cambium
