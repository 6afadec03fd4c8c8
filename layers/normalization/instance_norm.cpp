#include "cambium/layers/normalization/instance_norm.h"

namespace cambium {

InstanceNorm::InstanceNorm(InstanceNormOptions options) : GroupedNorm(by_channel, options) {
  check_epsilon("instance_norm", options.epsilon);
}

LayerSpec InstanceNorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const std::string across = "BatchNorm() or OnlineNorm(), which compare samples";
  return spec_for(in, in.size() > 1 ? "LayerNorm(), or " + across : across);
}

Description InstanceNorm::describe() const { return describe_options("instance_norm", options_); }

}  // namespace cambium
