#include "cambium/layers/pad_channels.h"

#include <cstring>
#include <limits>

#include "cambium/framework/base/error.h"

namespace cambium {

namespace {

std::size_t bytes_of(int values) { return static_cast<std::size_t>(values) * sizeof(real); }

}  // namespace

PadChannels::PadChannels(int after) : after_(after) {
  if (after < 1) throw Error("after = " + std::to_string(after) + " must be at least 1", "PadChannels(16)");
}

Needs PadChannels::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const long long channels = static_cast<long long>(in.channels()) + after_;
  if (channels * in.spatial() > std::numeric_limits<int>::max())
    throw Error("makes more than 2^31 - 1 values of " + in.str(), "fewer channels");
  int sizes[4] = {static_cast<int>(channels), in[1], in[2], in[3]};
  Needs needs;
  needs.out = Shape(sizes, in.rank());
  return needs;
}

void PadChannels::forward(const Pass& pass, Rows rows) const noexcept {
  const ConstView& x = pass.x[0];
  const int before = x.shape.size(), all = pass.y.shape.size();
  for (int row = rows.begin; row < rows.end; ++row) {
    std::memcpy(pass.y.row(row), x.row(row), bytes_of(before));
    std::memset(pass.y.row(row) + before, 0, bytes_of(all - before));
  }
}

void PadChannels::backward(const Back& back, Rows rows) const noexcept {
  const View& dx = back.dx[0];
  if (dx.data == nullptr) return;
  for (int row = rows.begin; row < rows.end; ++row) std::memcpy(dx.row(row), back.dy.row(row), bytes_of(dx.shape.size()));
}

Description PadChannels::describe() const { return {"pad_channels", {{"after", text_of(after_)}}}; }

}  // namespace cambium
