#include "cambium/layers/normalization/batch_map_norm.h"

#include <algorithm>

#include "cambium/framework/base/export_form.h"
#include "cambium/framework/base/saved_map.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {
namespace {

std::size_t count_of(Slice samples) { return as_size(samples.count()); }

}  // namespace

LayerSpec BatchMapNorm::spec_for(const Shape& in) const {
  const auto [channels, spatial] = extent_of(in, per_);
  LayerSpec spec;
  spec.out = in;
  spec.saved = {{.shared = SavedMap<real>::values(channels)}, {.shared = SavedPulls::values(channels)}};
  spec.reads_x = spec.backward_in_place = true;
  spec.statistics = {.ability = this, .partial = 3 * channels, .partial_back = 2 * channels};
  spec.flops = 5.0 * in.size();
  if (bound_ == 0) spec.form = form::Normalize{static_cast<int>(channels), static_cast<int>(spatial), false};
  spec.exported = exported(form::HeldMap{static_cast<int>(channels), static_cast<double>(bound_)});
  return spec;
}

void BatchMapNorm::partial(const Forward& ctx, Slice samples, std::span<double> out) const noexcept {
  const auto [channels, spatial] = extent(ctx);
  ctx.kernels->normalize.moments(ctx.x[0].row(samples.begin), count_of(samples), channels, spatial, out.data());
}

void BatchMapNorm::forward(const Forward& ctx, Slice samples) const noexcept {
  const real* const x = ctx.x[0].row(samples.begin);
  real* const y = ctx.y.row(samples.begin);
  const auto [channels, spatial] = extent(ctx);
  const NormMap map = norm_map(ctx, samples, channels, false, false);
  if (bound_ > 0)
    ctx.kernels->bounded.forward(x, y, count_of(samples), channels, spatial, map, bound_);
  else
    ctx.kernels->normalize.forward(x, y, count_of(samples), channels, spatial, map, {});
}

void BatchMapNorm::partial_back(const Backward& ctx, Slice samples, std::span<double> out) const noexcept {
  const real *const x = ctx.x[0].row(samples.begin), *const dy = ctx.dy.row(samples.begin);
  const auto [channels, spatial] = extent(ctx);
  const NormMap map = norm_map(ctx, samples, channels, false, false);
  if (bound_ > 0)
    ctx.kernels->bounded.back_moments(x, dy, count_of(samples), channels, spatial, map, bound_, out.data());
  else
    ctx.kernels->normalize.back_moments(x, dy, count_of(samples), channels, spatial, map, {}, out.data());
}

void BatchMapNorm::backward_input(const Backward& ctx, Slice samples) const noexcept {
  const real *const x = ctx.x[0].row(samples.begin), *const dy = ctx.dy.row(samples.begin);
  real* const dx = ctx.dx[0].row(samples.begin);
  const auto [channels, spatial] = extent(ctx);
  const NormMap map = norm_map(ctx, samples, channels, false, true);
  if (bound_ > 0)
    ctx.kernels->bounded.backward(x, dy, dx, count_of(samples), channels, spatial, map, bound_);
  else
    ctx.kernels->normalize.backward(x, dy, dx, count_of(samples), channels, spatial, map, {});
}

BatchMapNorm::Moments BatchMapNorm::moments(std::span<const double> all, Extent extent, std::size_t c, int batch) noexcept {
  const std::size_t channels = extent.channels, chunks = all.size() / (3 * channels);
  const double spatial = static_cast<double>(extent.spatial), ref = all[c];
  double shift = 0, squares = 0, count = 0;
  for (std::size_t i = 0; i < chunks; ++i) {
    const double* sums = all.data() + i * 3 * channels + c;
    const double n = slice_of(batch, static_cast<int>(chunks), static_cast<int>(i)).count() * spatial;
    const double mean = (sums[0] - ref) + sums[channels] / n;  // of this chunk, relative to ref
    const double own = sums[2 * channels] - sums[channels] * sums[channels] / n;
    const double apart = mean - shift;
    squares += own + apart * apart * count * n / (count + n);
    count += n;
    shift += apart * n / count;
  }
  return {ref, shift, std::max(squares / count, 0.0)};
}

BatchMapNorm::GradientSums BatchMapNorm::gradient_sums(std::span<const double> all, Extent extent, std::size_t c) noexcept {
  GradientSums sums{0, 0};
  for (std::size_t at = c; at < all.size(); at += 2 * extent.channels) sums.g += all[at], sums.g_xhat += all[at + extent.channels];
  return sums;
}

}  // namespace cambium
