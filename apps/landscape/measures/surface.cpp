#include "apps/landscape/measures/surface.h"

#include <cmath>

#include "cambium/framework/base/random.h"

namespace landscape {

using namespace cambium;

Vector filter_normalized(const Net& net, std::uint64_t seed) {
  const Vector here = net.point();
  Vector direction(here.size());
  const auto& tensors = net.weights().tensors();
  for (std::size_t t = 0; t < tensors.size(); ++t) {
    if (tensors[t].sizes.size() < 2) continue;  // biases, scales and shifts
    const Range& range = net.weights().ranges()[t];
    const Random random = Random(seed).of(part_of_name(tensors[t].name));
    const std::size_t each = range.size / as_size(tensors[t].sizes[0]);
    for (std::size_t first = range.offset; first < range.offset + range.size; first += each) {
      double own = 0, drawn = 0;
      for (std::size_t i = first; i < first + each; ++i) {
        direction[i] = random.normal(i - range.offset);
        own += here[i] * here[i], drawn += direction[i] * direction[i];
      }
      for (std::size_t i = first; i < first + each; ++i) direction[i] *= std::sqrt(own / drawn);
    }
  }
  return direction;
}

Surface surface(const Dataset& set, const Graph& graph, const SurfaceOptions& options) {
  Net net(graph, options.training.batch, options.training.seed);
  train(net, set, options.training);
  Net probe = net.twin(options.batch);
  const Samples samples = first_of(set, options.batch);
  const Vector here = net.point();
  const Random seeds = Random(options.training.seed).of(part_of_name("directions"));
  const Vector across = filter_normalized(net, seeds.bits(0)), up = filter_normalized(net, seeds.bits(1));
  Surface found;
  found.centre = probe.loss(samples);
  for (int i = 0; i < options.points; ++i) found.at.push_back(2.0 * i / (options.points - 1) - 1);
  for (const double b : found.at) {
    const Vector row = sum(here, b, up);
    for (const double a : found.at) {
      probe.move_to(sum(row, a, across));
      found.losses.push_back(probe.loss(samples));
    }
  }
  return found;
}

}  // namespace landscape
