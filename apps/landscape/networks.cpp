#include "apps/landscape/networks.h"

#include "apps/landscape/shift_noise.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/activation/tanh.h"
#include "cambium/layers/linear/conv2d.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/shape/flatten.h"

namespace landscape {

using namespace cambium;

namespace {

Node normalized(Graph& graph, Node x, Norm norm) {
  if (norm != Norm::none) x = graph.then(x, BatchNorm());
  return norm == Norm::noisy_batch ? graph.then(x, ShiftNoise()) : x;
}

Node bent(Graph& graph, Node x, Nonlinearity nonlinearity) {
  if (nonlinearity == Nonlinearity::relu) return graph.then(x, Relu());
  return nonlinearity == Nonlinearity::tanh ? graph.then(x, Tanh()) : x;
}

Initializer start_of(Nonlinearity nonlinearity) {
  return nonlinearity == Nonlinearity::relu ? init::he_normal() : init::glorot_normal();
}

}  // namespace

const char* name(Norm norm) { return norm == Norm::none ? "no norm" : norm == Norm::batch ? "batch norm" : "noisy batch norm"; }

Graph mlp(const Shape& input, Norm norm, const Layers& layers) {
  const Initializer start = start_of(layers.nonlinearity);
  Graph graph;
  Node x = graph.input(input);
  if (input.rank() > 1) x = graph.then(x, Flatten());
  for (int i = 1; i <= layers.depth; ++i) {
    x = graph.then(x, Dense(layers.width, {.bias = norm == Norm::none, .init = start}));
    x = bent(graph, normalized(graph, x, norm), layers.nonlinearity);
  }
  if (layers.classes > 0) graph.then(x, Named("output", Dense(layers.classes)));
  return graph;
}

Graph conv_net(const Shape& input, Norm norm, Nonlinearity nonlinearity, int classes) {
  Graph graph;
  Node x = graph.input(input);
  for (const int filters : {8, 16}) {
    const Conv2d layer(filters, {.kernel = 5, .stride = 2, .bias = norm == Norm::none, .init = start_of(nonlinearity)});
    x = bent(graph, normalized(graph, graph.then(x, layer), norm), nonlinearity);
  }
  graph.then(x, Flatten(), Named("output", Dense(classes)));
  return graph;
}

std::string nonlinearity_of(const Layers& layers, int i) {
  return (layers.nonlinearity == Nonlinearity::tanh ? "tanh_" : "relu_") + std::to_string(i);
}

std::string weights_of(int i) { return "dense_" + std::to_string(i); }

}  // namespace landscape
