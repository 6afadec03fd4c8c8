// A model's weights and state, in one safetensors file, by name.
#pragma once

#include <string>

#include "cambium/framework/graph/weights.h"

namespace cambium {

// Writes every parameter ("dense_1.weight", F32, or F64 in the double build) and all state ("batch_norm_1.running_mean", F64), and
// Weights::version() as metadata, for layers that count updates. The file appears under its name only when it is whole. Errors:
// whatever the system refuses.
void save_weights(const Weights& weights, const std::string& path);

// Reads them back, by name, with conversion between F32 and F64. Nothing moves unless the file holds exactly the tensors of this
// model, in its shapes; otherwise the Error lists what the file has, what the model has, and where they differ. Numbers that are
// not finite are refused by name and position. The version becomes that of the file, so that a training goes on as if it had never
// stopped; a file without one raises it.
void load_weights(Weights& weights, const std::string& path);

}  // namespace cambium
