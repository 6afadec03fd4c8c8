#include "cambium/layers/instance_norm.h"

#include "cambium/layers/grouped_norm.h"

namespace cambium {
namespace {

GroupedNorm by_channel(const Shape& in, double epsilon) { return {static_cast<std::size_t>(in.channels()), epsilon}; }

}  // namespace

InstanceNorm::InstanceNorm(InstanceNormOptions options) : options_(options) { check_epsilon("instance_norm", options.epsilon); }

Needs InstanceNorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const std::string across = "BatchNorm() or OnlineNorm(), which compare samples";
  return by_channel(in, options_.epsilon).plan(in, in.size() > 1 ? "LayerNorm(), or " + across : across);
}

void InstanceNorm::forward(const Pass& pass, Rows rows) const noexcept {
  by_channel(pass.y.shape, options_.epsilon).forward(pass, rows);
}

void InstanceNorm::backward(const Back& back, Rows rows) const noexcept {
  by_channel(back.y.shape, options_.epsilon).backward(back, rows);
}

Description InstanceNorm::describe() const { return describe_options("instance_norm", options_); }

}  // namespace cambium
