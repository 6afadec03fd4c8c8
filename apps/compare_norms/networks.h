// The networks that are compared, with a normalizer in its places.
#pragma once

#include <vector>

#include "cambium/framework/base/init.h"
#include "cambium/framework/graph/graph.h"

namespace compare_norms {

struct DenseStack {
  std::vector<int> widths;  // of the hidden layers
  cambium::Chain norm{};    // before each nonlinearity; empty: none
  cambium::Chain input{};   // right after the input
  cambium::Chain output{};  // on the logits
  bool bias = false;        // of the linear layers
  cambium::Initializer init = cambium::init::glorot_uniform();
};

// 1x28x28 to 10 logits: input, flatten, then dense, norm, relu for each width, and a last dense layer with what is on the logits.
cambium::Graph dense_stack(const DenseStack& stack);

// 784-500-300-10, the network of the online normalization paper: no bias anywhere, with a norm or without, and Xavier's uniform
// weights (Glorot, Bengio 2010).
cambium::Graph paper_network(const cambium::Chain& norm);
constexpr const char* paper_network_in_words = "784-500-300-10, no biases, Xavier uniform, norm and affine before each relu";

}  // namespace compare_norms
