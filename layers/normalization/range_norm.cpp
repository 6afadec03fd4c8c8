#include "cambium/layers/normalization/range_norm.h"

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/export_form.h"
#include "cambium/framework/base/saved_map.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {
namespace {

constexpr int map_buffer = form::Normalize::map_buffer;
enum Remembered { min_state, max_state, count_state };

// The reference is min, and not the middle, which may need more digits than there are; `delta` also has what rounding took from
// a min that comes from a file of higher precision.
void set_range(const SavedMap<real>& map, std::size_t c, double min, double max) {
  const double range = max - min, ref = static_cast<double>(static_cast<real>(min));
  map.set(c, ref, (min - ref) + range / 2, range < 0x1p-100 ? 0 : 1 / range);
}

}  // namespace

RangeNorm::RangeNorm(RangeNormOptions options) : options_(options) {
  if (options.samples < 0)
    throw Error("range_norm: samples = " + text_of(options.samples) + ", which must be at least 0",
                "100, or 0 for a range that goes on widening");
}

LayerSpec RangeNorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const std::size_t channels = extent_of(in, options_.per).channels;
  const int c = static_cast<int>(channels);
  LayerSpec spec;
  spec.out = in;
  spec.state = {{"min", {c}, 0.0, allowed::value}, {"max", {c}, 0.0, allowed::value}, {"count", {1}, 0.0, allowed::count}};
  spec.saved = {{Saved::Type::reals, SavedMap<real>::values(channels), 0}};
  spec.in_place = spec.backward_in_place = true;
  spec.gradient = setting.mode == Mode::evaluate ? GradientKind::exact : GradientKind::held;
  spec.statistics = {.ability = this, .partial = 2 * channels};
  spec.flops = 3.0 * in.size();
  spec.exported = exported(form::HeldMap{c});
  return spec;
}

int RangeNorm::entering(const Context& ctx) const noexcept {
  if (options_.samples == 0) return ctx.batch;
  const double left = options_.samples - *ctx.state[count_state];
  return static_cast<int>(std::clamp(left, 0.0, static_cast<double>(ctx.batch)));
}

void RangeNorm::partial(const Forward& ctx, Slice slice, std::span<double> out) const noexcept {
  const auto [channels, spatial] = extent_of(ctx.x[0].shape, options_.per);
  const int count = std::clamp(entering(ctx) - slice.begin, 0, slice.count());
  ctx.kernels->bounds.range(ctx.x[0].row(slice.begin), as_size(count), channels, spatial, out.data());
}

void RangeNorm::merge(const Forward& ctx, std::span<double> all) const noexcept {
  const std::size_t channels = extent_of(ctx.x[0].shape, options_.per).channels;
  const SavedMap map(ctx.saved<real>(map_buffer), channels);
  const bool first = *ctx.state[count_state] == 0, moves = ctx.mode != Mode::evaluate;
  for (std::size_t c = 0; c < channels; ++c) {
    double min = ctx.state[min_state][c], max = ctx.state[max_state][c];
    for (std::size_t at = c; at < all.size(); at += 2 * channels) {
      const bool fresh = first && at == c;  // what the state holds until then is no value of anything
      min = fresh ? all[at] : std::min(min, all[at]);
      max = fresh ? all[at + channels] : std::max(max, all[at + channels]);
    }
    if (moves) ctx.next[min_state][c] = min, ctx.next[max_state][c] = max;
    if (first && !moves)
      map.set(c, 0, 0, 1);
    else
      set_range(map, c, min, max);
  }
  if (moves) *ctx.next[count_state] = *ctx.state[count_state] + entering(ctx);
}

void RangeNorm::forward(const Forward& ctx, Slice slice) const noexcept {
  const auto [channels, spatial] = extent_of(ctx.x[0].shape, options_.per);
  ctx.kernels->normalize.forward(ctx.x[0].row(slice.begin), ctx.y.row(slice.begin), as_size(slice.count()), channels, spatial,
                                 norm_map(ctx, slice, channels, false, false), {});
}

void RangeNorm::backward_input(const Backward& ctx, Slice slice) const noexcept {
  const auto [channels, spatial] = extent_of(ctx.dy.shape, options_.per);
  ctx.kernels->normalize.channel_map(ctx.dy.row(slice.begin), ctx.dx[0].row(slice.begin), as_size(slice.count()), channels, spatial,
                                     {SavedMap(ctx.saved<const real>(map_buffer), channels).rstd, nullptr, false});
}

Description RangeNorm::describe() const { return describe_options("range_norm", options_); }

}  // namespace cambium
