#include "apps/landscape/measures/channels.h"

#include "cambium/framework/base/random.h"

namespace landscape {

using namespace cambium;

Channels channels(Norm norm, const ChannelsOptions& options) {
  const Graph graph = mlp(Shape(options.inputs), norm, options.layers);
  std::vector<std::string> names;
  for (int i = 1; i <= options.layers.depth; ++i) {
    const bool linear = options.layers.nonlinearity == Nonlinearity::none;
    names.push_back(!linear ? nonlinearity_of(options.layers, i) : weights_of(i));
  }
  Weights weights(graph, options.seed);
  Plan plan(graph, weights, {.batch = options.batch, .mode = Mode::train, .observe = names});
  Samples samples{Shape(options.inputs), std::vector<real>(as_size(options.batch * options.inputs)), {}};
  const Random random = Random(options.seed).of(part_of_name("inputs"));
  for (std::size_t i = 0; i < samples.x.size(); ++i) samples.x[i] = static_cast<real>(random.normal(i));
  plan.forward({samples.x.data(), samples.shape, options.batch});
  Channels found;
  for (const std::string& name : names) {
    found.nodes = nodes_of(options.layers.nonlinearity == Nonlinearity::none ? plan.output_of(name) : plan.input_of(name));
    double within = 0, mean = 0, square = 0;
    const auto count = static_cast<double>(found.nodes.size());
    for (const Net::Node& node : found.nodes) {
      within += node.deviation * node.deviation / count;
      mean += node.mean / count, square += node.mean * node.mean / count;
    }
    const double between = square - mean * mean;
    found.share.push_back(within / (within + between)), found.total.push_back(within + between);
  }
  return found;
}

}  // namespace landscape
