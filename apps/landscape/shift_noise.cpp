#include "apps/landscape/shift_noise.h"

#include <cmath>
#include <cstdint>

#include "cambium/framework/base/error.h"
#include "cambium/layers/activation/rows.h"

namespace landscape {

using namespace cambium;

namespace {

// Two numbers in [-1, 1) from one draw.
struct Two {
  double first, second;
  explicit Two(std::uint64_t bits)
      : first(static_cast<double>(bits >> 32) * 0x1.0p-31 - 1), second(static_cast<double>(bits & 0xffffffff) * 0x1.0p-31 - 1) {}
};

constexpr std::uint64_t of_channels = 1, of_values = 2;

}  // namespace

ShiftNoise::ShiftNoise(ShiftNoiseOptions options) : options_(options) {
  for (const double size : {options.shift, options.scale, options.spread})
    if (!(size >= 0 && std::isfinite(size)))
      throw Error("shift_noise: its options are sizes, and one is " + text_of(size), "ShiftNoise()");
}

LayerSpec ShiftNoise::plan(const Setting& setting) const {
  LayerSpec spec;
  spec.out = only_input(setting);
  spec.in_place = spec.backward_in_place = true;
  if (setting.mode == Mode::train)
    spec.flops = 2.0 * spec.out.size();
  else
    spec.form = form::Reshape{};  // the plan may pass over it
  return spec;
}

void ShiftNoise::forward(const Forward& ctx, Slice slice) const noexcept { run(ctx, ctx.x[0], ctx.y, slice, true); }

void ShiftNoise::backward_input(const Backward& ctx, Slice slice) const noexcept { run(ctx, ctx.dy, ctx.dx[0], slice, false); }

void ShiftNoise::run(const Context& ctx, ConstView from, View to, Slice slice, bool shifts) const noexcept {
  if (ctx.mode != Mode::train) return copy_rows(from, to, slice);
  const Random channels = ctx.random.of(of_channels), values = ctx.random.of(of_values);
  const auto size = as_size(from.shape.size()), spatial = as_size(from.shape.spatial());
  for (std::size_t c = 0; c < as_size(from.shape.channels()); ++c) {
    const Two drawn(channels.bits(c));
    const double mean = options_.shift * drawn.first, scale = 1 + (options_.scale - 1) * (drawn.second + 1) / 2;
    for (int sample = slice.begin; sample < slice.end; ++sample) {
      const real* x = from.row(sample) + c * spatial;
      real* y = to.row(sample) + c * spatial;
      for (std::size_t i = 0; i < spatial; ++i) {
        const Two own(values.bits(as_size(sample) * size + c * spatial + i));
        const auto m = static_cast<real>(mean + options_.spread * own.first);
        const auto s = static_cast<real>(scale + options_.spread * own.second);
        y[i] = shifts ? s * x[i] + m : s * x[i];
      }
    }
  }
}

Description ShiftNoise::describe() const { return describe_options("shift_noise", options_); }

}  // namespace landscape
