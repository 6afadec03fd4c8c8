// The ways to normalize that can be compared, by name.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/graph/graph.h"

namespace benchmark {

// A block of layers as a function from node to node, put where a workload normalizes.
struct Norm {
  std::string name;
  bool bias;  // whether the layer before it has a bias of its own; a shift in the block makes it superfluous
  cambium::Node (*add)(cambium::Graph& graph, cambium::Node x);
};

// "none", which adds nothing, is the first.
const std::vector<Norm>& norms();
// Throws cambium::Error for an unknown name, with the closest one.
const Norm& norm(const std::string& name);

}  // namespace benchmark
