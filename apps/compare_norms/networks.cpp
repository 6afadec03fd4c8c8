#include "apps/compare_norms/networks.h"

#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/shape/flatten.h"

namespace compare_norms {

using namespace cambium;

Graph dense_stack(const DenseStack& stack) {
  Graph graph(Shape{1, 28, 28});
  Node x = graph.then(graph.input_node(), stack.input, Flatten());
  for (const int width : stack.widths)
    x = graph.then(x, Dense(width, {.bias = stack.bias, .init = stack.init}), stack.norm, Relu());
  graph.then(x, Dense(10, {.bias = stack.bias, .init = stack.init}), stack.output);
  return graph;
}

Graph paper_network(const Chain& norm) { return dense_stack({.widths = {500, 300}, .norm = norm}); }

}  // namespace compare_norms
