#include "cambium/layers/range_norm.h"

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {
namespace {

enum Remembered { min_state, max_state, count_state };

// The centred form of framework/kernels/normalize.h. The reference is min, and not the middle, which may need more digits than
// there are; `delta` also has what rounding took from a min that comes from a file of higher precision.
void write_range(real* map, std::size_t channels, std::size_t c, double min, double max) {
  const double range = max - min;
  const real ref = static_cast<real>(min);
  map[c] = ref;
  map[channels + c] = static_cast<real>((min - static_cast<double>(ref)) + range / 2);
  map[2 * channels + c] = static_cast<real>(range < 0x1p-100 ? 0 : 1 / range);
}

}  // namespace

RangeNorm::RangeNorm(RangeNormOptions options) : options_(options) {
  if (options.samples < 0)
    throw Error("range_norm: samples = " + text_of(options.samples) + ", which must be at least 0",
                "100, or 0 for a range that goes on widening");
}

Needs RangeNorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const std::size_t channels = extent_of(in, options_.per).channels;
  const int c = static_cast<int>(channels);
  Needs needs;
  needs.out = in;
  needs.state = {{"min", {c}, 0.0, allowed::value}, {"max", {c}, 0.0, allowed::value}, {"count", {1}, 0.0, allowed::count}};
  needs.keep = {{Room::Type::reals, 3 * channels, 0}};  // (ref, delta, 1 / range)
  needs.y_may_be_x = needs.dx_may_be_dy = true;
  needs.gradient = setting.mode == Mode::evaluate ? GradientKind::exact : GradientKind::held;
  needs.coupling = {Coupling::Per::piece, 2 * channels, 0};
  needs.flops = 3.0 * in.size();
  return needs;
}

int RangeNorm::entering(const Frame& frame) const noexcept {
  if (options_.samples == 0) return frame.batch;
  const double left = options_.samples - *frame.state[count_state];
  return static_cast<int>(std::clamp(left, 0.0, static_cast<double>(frame.batch)));
}

void RangeNorm::gather(const Pass& pass, Rows rows, std::span<double> out) const noexcept {
  const auto [channels, spatial] = extent_of(pass.x[0].shape, options_.per);
  const int count = std::clamp(entering(pass) - rows.begin, 0, rows.count());
  pass.kernels->bounds.range(pass.x[0].row(rows.begin), static_cast<std::size_t>(count), channels, spatial, out.data());
}

void RangeNorm::settle(const Pass& pass, std::span<double> all) const noexcept {
  const std::size_t channels = extent_of(pass.x[0].shape, options_.per).channels;
  real* const map = pass.kept<real>(0);
  const bool first = *pass.state[count_state] == 0, moves = pass.mode != Mode::evaluate;
  for (std::size_t c = 0; c < channels; ++c) {
    double min = pass.state[min_state][c], max = pass.state[max_state][c];
    for (std::size_t at = c; at < all.size(); at += 2 * channels) {
      const bool fresh = first && at == c;  // what the state holds until then is no value of anything
      min = fresh ? all[at] : std::min(min, all[at]);
      max = fresh ? all[at + channels] : std::max(max, all[at + channels]);
    }
    if (moves) pass.next[min_state][c] = min, pass.next[max_state][c] = max;
    if (first && !moves) map[c] = map[channels + c] = 0, map[2 * channels + c] = 1;
    else write_range(map, channels, c, min, max);
  }
  if (moves) *pass.next[count_state] = *pass.state[count_state] + entering(pass);
}

void RangeNorm::forward(const Pass& pass, Rows rows) const noexcept {
  const auto [channels, spatial] = extent_of(pass.x[0].shape, options_.per);
  pass.kernels->normalize.forward(pass.x[0].row(rows.begin), pass.y.row(rows.begin), static_cast<std::size_t>(rows.count()),
                                  channels, spatial, {pass.kept<const real>(0), nullptr, false}, {});
}

void RangeNorm::backward(const Back& back, Rows rows) const noexcept {
  if (back.dx[0].data == nullptr) return;
  const auto [channels, spatial] = extent_of(back.dy.shape, options_.per);
  back.kernels->normalize.channel_map(back.dy.row(rows.begin), back.dx[0].row(rows.begin), static_cast<std::size_t>(rows.count()),
                                      channels, spatial, {back.kept<const real>(0) + 2 * channels, nullptr, false});
}

Description RangeNorm::describe() const { return describe_options("range_norm", options_); }

}  // namespace cambium
