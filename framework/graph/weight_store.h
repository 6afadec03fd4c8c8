// The blocks that handles on the same weights share. For Weights alone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/base/in_use.h"
#include "cambium/framework/base/param.h"
#include "cambium/framework/graph/param_settings.h"

namespace cambium {

struct StateLine;

// What a copy has in common with its original.
struct WeightLayout {
  struct Tensor {
    std::string name;  // "dense_1.weight"
    std::vector<int> sizes;
    int entry;  // of the graph
    Initializer init;
  };
  struct StateTensor {
    std::string name;
    std::vector<int> sizes;
    int entry;
    std::size_t offset, size;
    Allowed range;  // what its numbers can be
  };
  std::uint64_t seed = 1, version = 0;
  std::size_t size = 0, state_size = 0;
  std::vector<Tensor> tensors;
  std::vector<Range> ranges;
  std::vector<StateTensor> state_tensors;
  std::vector<Param> params;  // as the layers declared them
  std::vector<State> states;
  std::vector<std::string> layer_names;  // by entry
  std::vector<ParamSettings> settings;   // likewise
};

struct WeightStore : WeightLayout {
  std::uint64_t id = 0, changes = 1;
  bool gradients_used = true, gradients_gone = false;
  Block values, gradients, state;
  std::shared_ptr<StateLine> line;
  InUse in_use;
};

}  // namespace cambium
