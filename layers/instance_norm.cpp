#include "cambium/layers/instance_norm.h"

#include "cambium/layers/grouped_norm.h"

namespace cambium {
namespace {

GroupedNorm by_channel(const Shape& in, double epsilon) { return {static_cast<std::size_t>(in.channels()), epsilon}; }

}  // namespace

InstanceNorm::InstanceNorm(InstanceNormOptions options) : options_(options) { check_epsilon("instance_norm", options.epsilon); }

LayerSpec InstanceNorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const std::string across = "BatchNorm() or OnlineNorm(), which compare samples";
  return by_channel(in, options_.epsilon).plan(in, in.size() > 1 ? "LayerNorm(), or " + across : across);
}

void InstanceNorm::forward(const Forward& ctx, Slice slice) const noexcept {
  by_channel(ctx.y.shape, options_.epsilon).forward(ctx, slice);
}

void InstanceNorm::backward_input(const Backward& ctx, Slice slice) const noexcept {
  by_channel(ctx.y.shape, options_.epsilon).backward_input(ctx, slice);
}

Description InstanceNorm::describe() const { return describe_options("instance_norm", options_); }

}  // namespace cambium
