#include "cambium/layers/shape/pad_channels.h"

#include <cstring>
#include <limits>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/export_form.h"

namespace cambium {

namespace {

std::size_t bytes_of(int values) { return as_size(values) * sizeof(real); }

}  // namespace

PadChannels::PadChannels(int after) : after_(after) {
  if (after < 1) throw Error("after = " + std::to_string(after) + " must be at least 1", "PadChannels(16)");
}

LayerSpec PadChannels::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const long long channels = static_cast<long long>(in.channels()) + after_;
  if (channels * in.spatial() > std::numeric_limits<int>::max())
    throw Error("makes more than 2^31 - 1 values of " + in.str(), "fewer channels");
  int sizes[4] = {static_cast<int>(channels), in[1], in[2], in[3]};
  LayerSpec spec;
  spec.out = Shape(sizes, in.rank());
  spec.exported = exported(form::PadChannels{});
  return spec;
}

void PadChannels::forward(const Forward& ctx, Slice slice) const noexcept {
  const ConstView& x = ctx.x[0];
  const int before = x.shape.size(), all = ctx.y.shape.size();
  for (int row = slice.begin; row < slice.end; ++row) {
    std::memcpy(ctx.y.row(row), x.row(row), bytes_of(before));
    std::memset(ctx.y.row(row) + before, 0, bytes_of(all - before));
  }
}

void PadChannels::backward_input(const Backward& ctx, Slice slice) const noexcept {
  const View& dx = ctx.dx[0];
  for (int row = slice.begin; row < slice.end; ++row) std::memcpy(dx.row(row), ctx.dy.row(row), bytes_of(dx.shape.size()));
}

Description PadChannels::describe() const { return {"pad_channels", {{"after", text_of(after_)}}}; }

}  // namespace cambium
