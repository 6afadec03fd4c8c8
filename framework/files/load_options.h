// Weights that others wrote, under other names, and parts of models.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/graph/weights.h"

namespace cambium {

// A tensor of a file, and the one of the model that it is for.
struct TensorName {
  std::string in_file, in_model;  // "features.0.weight", "conv2d_1.weight"
};

struct LoadOptions {
  // What is called otherwise in the file: torch_names.h makes the table for a model that PyTorch saved. Tensors that it does not
  // name go by their own names; where it is given, what else the file holds is passed over.
  std::vector<TensorName> names{};
  // Transfer: only what file and model both have, in the same shape. The rest of the model stays as it is.
  bool partial = false;
};

struct LoadedWeights {
  std::vector<std::string> loaded, left, unused;  // of the model; of the model, as they were; of the file, by its names
};

// Loads weights as load_weights(weights, path) does (weights_file.h), from files that others wrote, and parts of models. Errors as
// there, with the names of both sides; a table that names a tensor that the model does not have, or one twice; with `partial`,
// nothing to be loaded.
LoadedWeights load_weights(Weights& weights, const std::string& path, const LoadOptions& options);

}  // namespace cambium
