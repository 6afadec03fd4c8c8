// (h) The article places the norm twice: "before the nonlinearity", as its inventors did, and "before every linear and convolution
// layer", where it steadies what weights see. Both are tried on a small convolutional network, at rates from small to large, since
// what a norm is mostly good for is the rate that it allows.
//
//   before the nonlinearity:  conv, norm, relu       before each linear layer:  norm, conv, relu, norm, conv, ...
#include <fmt/format.h>

#include "apps/compare_norms/experiments.h"
#include "apps/compare_norms/training.h"
#include "cambium/framework/graph/insert.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/conv2d.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/pooling/max_pool2d.h"
#include "cambium/layers/shape/flatten.h"

namespace compare_norms {
namespace {

using namespace cambium;

const std::vector<double> rates{0.01, 0.03, 0.1, 0.3, 1, 3};
const std::vector<std::string> norms{"batch_norm", "online_norm", "layer_norm", "group_norm", "instance_norm"};
constexpr int batch = 32;

// Two convolutions and a hidden layer, without a norm.
Graph plain() {
  return Sequential(Shape{1, 28, 28}, Conv2d(8, {.kernel = 5}), Relu(), MaxPool2d(2), Conv2d(16, {.kernel = 5}), Relu(),
                    MaxPool2d(2), Flatten(), Dense(64), Relu(), Dense(10));
}

// One position per channel has no spread of its own: there instance norm has no place, in front of dense layers and behind them.
bool takes(const Normalizer& norm, const Shape& shape) { return !norm.images_only || shape.spatial() > 1; }

Graph with_norm(int row) {
  const Graph graph = plain();
  if (row == 0) return graph;
  const Normalizer& norm = normalizer(norms[static_cast<std::size_t>((row - 1) / 2)]);
  const LayerKind kind = row % 2 == 1 ? nonlinearities : linear_layers;
  std::vector<int> picked;
  for (const int entry : entries_picked(graph, kind)) {
    const Graph::Entry& layer = graph.entries()[static_cast<std::size_t>(entry)];
    const Shape& shape = graph.entries()[static_cast<std::size_t>(layer.inputs[0])].shape;
    const bool group_of_one_channel = std::string(norm.name) == "group_norm" && shape.channels() % 4 != 0;  // the input itself
    if (takes(norm, shape) && !group_of_one_channel) picked.push_back(entry);
  }
  return insert_before_each(graph, picked, norm.layers({}));
}

}  // namespace

Experiment placement(const std::shared_ptr<const Data>& data, const Wish& wish) {
  const int images = wish.images_of(8000, *data), epochs = wish.epochs_of(1);
  Experiment one{
      .name = "placement", .title = "Where the norm stands", .question = "Before the nonlinearity, or before every linear layer?"};
  one.network = "conv 8 k5, relu, pool 2, conv 16 k5, relu, pool 2, dense 64, relu, dense 10; norm and affine where the row says";
  one.training = fmt::format("{} over {} images, batches of {}, SGD", passes(epochs), images, batch);
  one.rows = {"none"};
  for (const std::string& norm : norms)
    for (const char* where : {" before relu", " before linear"}) one.rows.push_back(norm + where);
  set_columns(one, "rate", rates);
  one.measures = {{"test accuracy, %", 1}};
  one.run = [=](int row, int column, std::uint64_t seed) -> std::vector<double> {
    Training training({.graph = with_norm(row),
                       .train = data->train,
                       .order = shuffled(data->train, seed, images),
                       .batch = batch,
                       .sgd = {.rate = rates[static_cast<std::size_t>(column)]},
                       .seed = seed});
    training.epochs(epochs);
    return {training.accuracy(data->test)};
  };
  one.conclusions = largest_rates;
  return one;
}

}  // namespace compare_norms
