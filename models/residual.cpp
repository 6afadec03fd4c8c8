#include "cambium/models/residual.h"

#include "cambium/layers/activation/relu.h"
#include "cambium/layers/joining/add.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/conv2d.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/pooling/global_avg_pool.h"
#include "cambium/layers/pooling/max_pool2d.h"

namespace cambium::models {

Node residual(Graph& graph, Node x, int channels) {
  const Node y = graph.then(x, Conv2d(channels, {.pad = 1, .bias = false}), BatchNorm(), Affine(), Relu(),
                            Conv2d(channels, {.pad = 1, .bias = false}), BatchNorm(), Affine());
  return graph.then(graph.join(Add(), {x, y}), Relu());
}

Graph residual_net(const Shape& input, int classes) {
  Graph graph;
  Node x = graph.then(graph.input(input), BatchNorm(for_input));
  x = graph.then(x, Conv2d(16, {.pad = 1, .bias = false}), BatchNorm(), Affine(), Relu(), MaxPool2d(2));
  x = residual(graph, x, 16);
  x = graph.then(x, Conv2d(32, {.pad = 1, .bias = false}), BatchNorm(), Affine(), Relu(), MaxPool2d(2));
  x = residual(graph, x, 32);
  graph.then(x, GlobalAvgPool(), Dense(classes));
  return graph;
}

Recipe residual_recipe() {
  return {.name = "residual",
          .about = "two residual blocks with batch norm, averaged over the image",
          .model = [](const Shape& input, int classes) -> Graph { return residual_net(input, classes); },
          .optimizer = "adamw",
          .rate = 1e-2,
          .schedule = "one_cycle",
          .batch = 64,
          .epochs = 3};
}

}  // namespace cambium::models
