#include "apps/landscape/measures/gradient_shift.h"

#include <algorithm>

namespace landscape {

using namespace cambium;

std::vector<int> some_layers(int depth) {
  std::vector<int> at;
  for (const int layer : {2, depth / 4, depth / 2, depth * 3 / 4, depth})
    if (layer >= 2 && layer <= depth && std::ranges::find(at, layer) == at.end()) at.push_back(layer);
  return at;
}

GradientShift gradient_shift(const Dataset& set, Norm norm, const GradientShiftOptions& options) {
  const Training& training = options.training;
  Net net(mlp(set.input_shapes()[0], norm, options.layers), training.batch, training.seed), probe = net.twin();
  GradientShift found;
  found.layers = options.at.empty() ? some_layers(options.layers.depth) : options.at;
  found.shift.resize(found.layers.size()), found.cosines.resize(found.layers.size());
  const auto look = [&](int step, const ConstView& x, std::span<const int> labels) {
    if (step % options.every != 0) return true;
    Vector gradient, shifted;
    const Vector here = net.point();
    probe.move_to(here), probe.plan().set_pass_number(net.plan().pass_number());
    probe.gradient(x, labels, gradient);
    const Vector after = sum(here, -training.rate, gradient);
    found.steps.push_back(step);
    for (std::size_t i = 0; i < found.layers.size(); ++i) {
      const std::string tensor = weights_of(found.layers[i]) + ".weight";
      probe.move_to(probe.mixed(after, here, tensor));
      probe.gradient(x, labels, shifted);
      const Vector before = probe.part(gradient, tensor), then = probe.part(shifted, tensor);
      found.shift[i].push_back(distance(before, then));
      found.cosines[i].push_back(cosine(before, then));
    }
    return true;
  };
  train(net, set, training, look);
  return found;
}

}  // namespace landscape
