#include "cambium/layers/normalization/layer_norm.h"

namespace cambium {

LayerNorm::LayerNorm(LayerNormOptions options) : GroupedNorm(1, options) { check_epsilon("layer_norm", options.epsilon); }

LayerSpec LayerNorm::plan(const Setting& setting) const {
  return spec_for(only_input(setting), "BatchNorm() or OnlineNorm(), which compare samples");
}

Description LayerNorm::describe() const { return describe_options("layer_norm", options_); }

}  // namespace cambium
