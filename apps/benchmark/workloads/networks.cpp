#include "apps/benchmark/workloads/networks.h"

#include "cambium/layers/activation/relu.h"
#include "cambium/layers/joining/add.h"
#include "cambium/layers/linear/conv2d.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/pooling/global_avg_pool.h"
#include "cambium/layers/pooling/max_pool2d.h"
#include "cambium/layers/shape/flatten.h"
#include "cambium/layers/shape/pad_channels.h"

namespace benchmark {

using namespace cambium;

namespace {

bool has_bias(const Workload& of, const Norm& norm) { return norm.bias || of.keeps_bias; }

Node normalized_3x3(Graph& g, Node x, const Workload& of, const Norm& norm, int filters, int stride = 1) {
  return norm.add(g, g.then(x, Conv2d(filters, {.stride = stride, .pad = 1, .bias = has_bias(of, norm)})));
}

Node residual_block(Graph& g, Node x, const Workload& of, const Norm& norm, int filters) {
  const int channels = g.shape(x).channels();
  const bool next_stage = channels != filters;
  Node y = g.then(normalized_3x3(g, x, of, norm, filters, next_stage ? 2 : 1), Relu());
  y = normalized_3x3(g, y, of, norm, filters);
  if (next_stage) x = g.then(x, MaxPool2d(1, {.stride = 2}), PadChannels(filters - channels));
  return g.then(g.join(Add(), {y, x}), Relu());
}

}  // namespace

Graph mlp(const Workload& of, const Norm& norm, std::initializer_list<int> widths) {
  Graph g;
  Node x = g.input(of.input);
  for (const int width : widths) {
    x = norm.add(g, g.then(x, Dense(width, {.bias = has_bias(of, norm)})));
    x = g.then(x, Relu());
  }
  g.then(x, Dense(of.classes));
  return g;
}

Graph lenet(const Workload& of, const Norm& norm) {
  Graph g;
  Node x = g.input(of.input);
  for (const int filters : {8, 16}) {
    x = norm.add(g, g.then(x, Conv2d(filters, {.kernel = 5, .bias = has_bias(of, norm)})));
    x = g.then(x, Relu(), MaxPool2d(2));
  }
  g.then(x, Flatten(), Dense(of.classes));
  return g;
}

Graph four_convolutions(const Workload& of, const Norm& norm) {
  Graph g;
  Node x = g.input(of.input);
  for (const int filters : {32, 64}) {
    for (int i = 0; i < 2; ++i) x = g.then(normalized_3x3(g, x, of, norm, filters), Relu());
    x = g.then(x, MaxPool2d(2));
  }
  g.then(x, Flatten(), Dense(128), Relu(), Dense(of.classes));
  return g;
}

Graph resnet20(const Workload& of, const Norm& norm) {
  Graph g;
  Node x = g.then(normalized_3x3(g, g.input(of.input), of, norm, 16), Relu());
  for (const int filters : {16, 32, 64})
    for (int i = 0; i < 3; ++i) x = residual_block(g, x, of, norm, filters);
  g.then(x, GlobalAvgPool(), Dense(of.classes));
  return g;
}

}  // namespace benchmark
