#include "cambium/layers/batch_map.h"

#include <algorithm>

#include "cambium/framework/kernels/kernels.h"

namespace cambium::batch_map {
namespace {

NormMap map_of(const Frame& frame, bool back) {
  return {frame.kept<const real>(map_room), back ? frame.kept<const real>(back_room) : nullptr, false};
}

std::size_t count_of(Rows rows) { return static_cast<std::size_t>(rows.count()); }

}  // namespace

Needs needs_of(const Shape& in, Extent extent) {
  const std::size_t channels = extent.channels;
  Needs needs;
  needs.out = in;
  needs.keep = {{Room::Type::reals, 3 * channels, 0}, {Room::Type::reals, 2 * channels, 0}};
  needs.reads_x = true;
  needs.dx_may_be_dy = true;
  needs.coupling = {Coupling::Per::piece, 3 * channels, 2 * channels};
  needs.flops = 5.0 * in.size();
  needs.form = form::Normalize{static_cast<int>(channels), static_cast<int>(extent.spatial), false};
  return needs;
}

void gather(const Pass& pass, Rows rows, Extent extent, std::span<double> out) noexcept {
  pass.kernels->normalize.moments(pass.x[0].row(rows.begin), count_of(rows), extent.channels, extent.spatial, out.data());
}

void forward(const Pass& pass, Rows rows, Extent extent, real bound) noexcept {
  const real* const x = pass.x[0].row(rows.begin);
  real* const y = pass.y.row(rows.begin);
  const auto [channels, spatial] = extent;
  if (bound > 0) pass.kernels->bounded.forward(x, y, count_of(rows), channels, spatial, map_of(pass, false), bound);
  else pass.kernels->normalize.forward(x, y, count_of(rows), channels, spatial, map_of(pass, false), {});
}

void gather_back(const Back& back, Rows rows, Extent extent, std::span<double> out, real bound) noexcept {
  const real *const x = back.x[0].row(rows.begin), *const dy = back.dy.row(rows.begin);
  const auto [channels, spatial] = extent;
  const NormMap map = map_of(back, false);
  if (bound > 0) back.kernels->bounded.back_moments(x, dy, count_of(rows), channels, spatial, map, bound, out.data());
  else back.kernels->normalize.back_moments(x, dy, count_of(rows), channels, spatial, map, {}, out.data());
}

void backward(const Back& back, Rows rows, Extent extent, real bound) noexcept {
  if (!back.dx[0].data) return;
  const real *const x = back.x[0].row(rows.begin), *const dy = back.dy.row(rows.begin);
  real* const dx = back.dx[0].row(rows.begin);
  const auto [channels, spatial] = extent;
  if (bound > 0) back.kernels->bounded.backward(x, dy, dx, count_of(rows), channels, spatial, map_of(back, true), bound);
  else back.kernels->normalize.backward(x, dy, dx, count_of(rows), channels, spatial, map_of(back, true), {});
}

Moments merge(std::span<const double> all, Extent extent, std::size_t c, int batch) noexcept {
  const std::size_t channels = extent.channels, pieces = all.size() / (3 * channels);
  const double spatial = static_cast<double>(extent.spatial), ref = all[c];
  double shift = 0, squares = 0, count = 0;
  for (std::size_t p = 0; p < pieces; ++p) {
    const double* gathered = all.data() + p * 3 * channels + c;
    const double n = piece_of(batch, static_cast<int>(pieces), static_cast<int>(p)).count() * spatial;
    const double mean = (gathered[0] - ref) + gathered[channels] / n;  // of this piece, relative to ref
    const double own = gathered[2 * channels] - gathered[channels] * gathered[channels] / n;
    const double apart = mean - shift;
    squares += own + apart * apart * count * n / (count + n);
    count += n;
    shift += apart * n / count;
  }
  return {ref, shift, std::max(squares / count, 0.0)};
}

BackSums merge_back(std::span<const double> all, Extent extent, std::size_t c) noexcept {
  BackSums sums{0, 0};
  for (std::size_t at = c; at < all.size(); at += 2 * extent.channels) sums.g += all[at], sums.g_xhat += all[at + extent.channels];
  return sums;
}

}  // namespace cambium::batch_map
