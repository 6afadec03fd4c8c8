// From a graph and its weights to the operations that a file for other programs is written from.
#pragma once

#include "cambium/framework/export/inference.h"
#include "cambium/framework/graph/weights.h"

namespace cambium {

struct LowerOptions {
  bool softmax = false;  // the first output becomes probabilities, over its channels; else it is what a Predictor gives
  bool fold = false;     // norms and affine steps become part of the linear layer before them (fold_maps.h)
};

// What a Predictor computes with these weights, but for rounding. A layer says what it is by its form and what it adds for export
// (base/form.h, base/export_form.h). A map per
// channel, of a normalization or an Affine, that alone reads another one becomes one with it.
//
// Errors, by the layer's name: a form that says too little, as Opaque does; a number that is not finite in single precision.
inference::Program lower(const Graph& graph, const Weights& weights, const LowerOptions& options = {});

}  // namespace cambium
