#include "apps/landscape/measures/drift.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace landscape {

using namespace cambium;

namespace {

using Nodes = std::vector<std::vector<Net::Node>>;  // [layer - 1][node]

// How far the means of a layer's nodes are apart, in deviations of the first.
double moved(const std::vector<Net::Node>& from, const std::vector<Net::Node>& to) {
  double sum = 0;
  for (std::size_t c = 0; c < from.size(); ++c) sum += std::fabs(to[c].mean - from[c].mean) / std::max(from[c].deviation, 1e-12);
  return sum / static_cast<double>(from.size());
}

}  // namespace

Drift drift(const Dataset& set, Norm norm, const DriftOptions& options) {
  const int depth = options.layers.depth;
  std::vector<std::string> names;
  for (int i = 1; i <= depth; ++i) names.push_back(nonlinearity_of(options.layers, i));
  Net net(mlp(set.input_shapes()[0], norm, options.layers), options.training.batch, options.training.seed);
  Net probe = net.twin(options.batch, names);
  const Samples samples = first_of(set, options.batch);
  Drift found;
  found.drift.resize(as_size(depth)), found.change.resize(as_size(depth));
  Nodes first, last;
  const auto look = [&](int step, const ConstView&, std::span<const int>) {
    if (step % options.every > 1) return true;
    probe.move_to(net.point()), probe.plan().set_pass_number(net.plan().pass_number());
    probe.loss(samples);
    Nodes now;
    for (const std::string& name : names) now.push_back(probe.nodes_before(name));
    if (first.empty()) first = now;
    if (step % options.every == 1) {
      found.steps.push_back(step);
      for (std::size_t i = 0; i < as_size(depth); ++i) {
        found.drift[i].push_back(moved(first[i], now[i]));
        found.change[i].push_back(moved(last[i], now[i]));
      }
    }
    last = std::move(now);
    return true;
  };
  found.training = train(net, set, options.training, look);
  return found;
}

}  // namespace landscape
