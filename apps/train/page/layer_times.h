// Where the time of a training step goes.
#pragma once

#include <string>
#include <vector>

#include "apps/train/options.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/graph/graph.h"
#include "cambium/framework/graph/weights.h"

namespace train {

// Of an op of the plan, a layer or several that run as one, in milliseconds a step.
struct LayerTime {
  std::string name;
  double forward = 0, backward = 0, update = 0;

  double all() const { return forward + backward + update; }
};

// A few steps of the same batch on one thread, on a copy of the weights: medians of each op. The longest come in their place, not
// first. Takes the memory of a second training while it lasts.
std::vector<LayerTime> layer_times(const Options& options, const cambium::Graph& graph, const cambium::Weights& weights,
                                   const cambium::Dataset& training);

}  // namespace train
