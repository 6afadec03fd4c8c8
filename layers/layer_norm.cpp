#include "cambium/layers/layer_norm.h"

#include "cambium/layers/grouped_norm.h"

namespace cambium {

LayerNorm::LayerNorm(LayerNormOptions options) : options_(options) { check_epsilon("layer_norm", options.epsilon); }

LayerSpec LayerNorm::plan(const Setting& setting) const {
  return GroupedNorm(1, options_.epsilon).plan(only_input(setting), "BatchNorm() or OnlineNorm(), which compare samples");
}

void LayerNorm::forward(const Forward& ctx, Slice slice) const noexcept { GroupedNorm(1, options_.epsilon).forward(ctx, slice); }

void LayerNorm::backward_input(const Backward& ctx, Slice slice) const noexcept {
  GroupedNorm(1, options_.epsilon).backward_input(ctx, slice);
}

Description LayerNorm::describe() const { return describe_options("layer_norm", options_); }

}  // namespace cambium
