// The blocks that handles on the same weights share. For Weights alone.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/base/in_use.h"
#include "cambium/framework/base/param.h"
#include "cambium/framework/graph/param_settings.h"

namespace cambium {

struct StateLine;

// Weights and state, for restoring the best of a training.
struct WeightSnapshot {
  std::vector<real> values;
  std::vector<double> state;
  std::uint64_t version = 0;
};

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

// Where to use weights that another thread has.
inline constexpr const char* one_thread = "the thread that trains, between two steps, as a callback of fit is";

struct WeightStore : WeightLayout {
  WeightStore& changed() {
    ++changes;
    return *this;
  }
  std::span<real> value_block() { return {reinterpret_cast<real*>(values.data()), size}; }
  std::span<real> gradient_block() { return {reinterpret_cast<real*>(gradients.data()), size}; }
  std::span<double> state_block() { return {reinterpret_cast<double*>(state.data()), state_size}; }

  std::uint64_t id = 0, changes = 1;
  bool gradients_used = true, gradients_gone = false;
  Block values, gradients, state;
  std::shared_ptr<StateLine> line;
  InUse in_use;
};

}  // namespace cambium
