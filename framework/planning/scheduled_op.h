// What runs as one in a plan: a layer, or several.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cambium/framework/base/layer.h"

namespace cambium {

// Where the gradient of one input goes: into `buffer`, and from there, when target is not -1, is copied or added into the target.
struct ScheduledGradient {
  bool needed = false;
  int buffer = -1, target = -1;
  bool add = false;
};

struct ScheduledOp {
  std::shared_ptr<const Layer> layer;
  std::string name;
  std::vector<int> entries;  // of the graph; more than one when fused
  std::vector<int> reads;    // the entries whose values it takes, and the one whose value it makes
  int makes = -1;
  Mode mode = Mode::evaluate;  // the plan's; or evaluate, where the layer is held: Weights::mode_of
  bool held = false;
  LayerSpec spec;
  std::vector<int> in;  // tensors
  int out = -1;
  std::vector<int> params, states;  // indices into Weights
  bool is_reshape = false;
  bool folded = false;
  bool goes_back = false;  // takes part in the backward pass
  bool trainable = false;  // has parameters that are not frozen
  bool observed = false;
  std::vector<ScheduledGradient> dx;
  std::vector<int> saved;
  int partial_sums = -1, partial_sums_back = -1, partial_gradients = -1;
  int sums = -1;  // of partial gradients in double, for a batch that needs them

  // Its gradient is made after the calls of its stage, from all samples.
  bool completes_late() const { return trainable && spec.param_outputs > 0 && !spec.backward_in_place; }
};

}  // namespace cambium
