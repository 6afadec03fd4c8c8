// What PyTorch calls the parameters of a model of the same architecture.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/files/load_options.h"
#include "cambium/framework/graph/graph.h"

namespace cambium {

// For LoadOptions::names: `modules` are the names of the modules with parameters in a state dict that was saved as safetensors, in
// the order of the layers here, "features.0", "features.1", "fc".
//     their module        ours                                  their names
//     Conv2d, Linear      Conv2d, Dense                         weight, bias
//     BatchNorm1d, 2d     BatchNorm, and an Affine behind it    weight, bias of the Affine; running_mean, running_var
//     LayerNorm,          LayerNorm, GroupNorm, and an          weight, bias of the Affine
//       GroupNorm         Affine behind it
// The shapes are the same in both. Their num_batches_tracked is passed over. Where an image is flattened before a Linear, both put
// the channels first.
// Errors: more or fewer modules than layers with parameters; a layer that has no counterpart, by name.
std::vector<TensorName> torch_names(const Graph& graph, const std::vector<std::string>& modules);

}  // namespace cambium
