// How work on a layer with many weights is cut: by its outputs, and by the terms of its sums.
#pragma once

#include <cstddef>

#include "cambium/framework/base/layer_spec.h"

namespace cambium {

std::size_t weights_of(const LayerSpec& spec);

// Samples too few to be cut are shared out by the outputs of layers with OutputSplit and many weights: in so many parts, of so
// many outputs but for the last. The same thread takes the same part in every step, and finds its weights where it left them.
struct OutputCut {
  int parts = 1, outputs = 0;
};
OutputCut cut_of_outputs(const LayerSpec& spec);

// How many outputs are computed at a time, where a gradient is cut by outputs: a block that stays in cache until it is used.
int output_block(const LayerSpec& spec, int batch);

// For a gradient that is cut by samples: over how many samples each sum in `real` goes, before sums are added up in double. 0: over
// each chunk as it is.
int samples_of_a_sum(const LayerSpec& spec, int batch);

}  // namespace cambium
