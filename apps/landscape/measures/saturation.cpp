#include "apps/landscape/measures/saturation.h"

#include <cmath>
#include <string>
#include <utility>

#include "cambium/framework/data/memory_dataset.h"

namespace landscape {

using namespace cambium;

namespace {

MemoryDataset scaled(const Dataset& set, double scale) {
  Samples all = first_of(set, static_cast<int>(set.size()));
  for (real& x : all.x) x = static_cast<real>(scale * static_cast<double>(x));
  return MemoryDataset(all.shape, std::move(all.x), std::move(all.labels), set.target_kinds()[0].classes);
}

void add_layer(const ConstView& z, Saturation& to) {
  double far = 0, flat = 0, off = 0, dead = 0;
  const auto size = as_size(z.shape.size());
  std::vector<char> lives(size, 0);
  for (std::size_t i = 0; i < z.size(); ++i) {
    const auto value = static_cast<double>(z.data[i]);
    far += std::fabs(value) > 2;
    flat += 1 - std::tanh(value) * std::tanh(value) < 0.01;
    off += value <= 0;
    if (value > 0) lives[i % size] = 1;
  }
  for (const char node : lives) dead += node == 0;
  const auto values = static_cast<double>(z.size());
  to.far.push_back(far / values), to.flat.push_back(flat / values), to.off.push_back(off / values);
  to.dead.push_back(dead / static_cast<double>(size));
}

}  // namespace

SaturationOverTime saturation(const Dataset& set, Norm norm, const SaturationOptions& options) {
  const MemoryDataset inputs = scaled(set, options.scale);
  std::vector<std::string> names;
  for (int i = 1; i <= options.layers.depth; ++i) names.push_back(nonlinearity_of(options.layers, i));
  Net net(mlp(set.input_shapes()[0], norm, options.layers), options.training.batch, options.training.seed);
  Net probe = net.twin(options.batch, names);
  const Samples samples = first_of(inputs, options.batch);
  const auto look = [&](Saturation& to) {
    probe.move_to(net.point());
    probe.loss(samples);
    for (const std::string& name : names) add_layer(probe.plan().input_of(name), to);
  };
  SaturationOverTime found;
  look(found.start);
  found.accuracy = last_accuracy(train(net, inputs, options.training), options.training.steps, 20);
  look(found.end);
  return found;
}

}  // namespace landscape
