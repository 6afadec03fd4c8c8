#include "apps/landscape/measures/growth.h"

#include <cmath>
#include <string>
#include <utility>

namespace landscape {

using namespace cambium;

namespace {

double rms(const ConstView& values) {
  double square = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    square += static_cast<double>(values.data[i]) * static_cast<double>(values.data[i]);
  return std::sqrt(square / static_cast<double>(values.size()));
}

Vector sizes_of(Net& net, const std::vector<std::string>& layers) {
  Vector sizes;
  for (const std::string& layer : layers) sizes.push_back(rms(net.plan().output_of(layer)));
  return sizes;
}

}  // namespace

double kurtosis(const Vector& values) {
  Vector squares;
  for (const double value : values) squares.push_back(value * value);
  const double second = mean(squares);
  return dot(squares, squares) / static_cast<double>(squares.size()) / (second * second);
}

Growth growth(const Dataset& set, Norm norm, const GrowthOptions& options) {
  Net net(mlp(set.input_shapes()[0], norm, options.layers), options.training.batch, options.training.seed);
  train(net, set, options.training);
  std::vector<std::string> layers;
  for (int i = 1; i <= options.layers.depth; ++i) layers.push_back(weights_of(i));
  Net probe = net.twin(options.batch, layers);
  const Samples samples = first_of(set, options.batch);
  Vector gradient;
  const double loss = probe.gradient(samples, gradient);
  const Vector before = sizes_of(probe, layers);
  Growth found;
  for (const double rate : options.rates) {
    probe.move_to(sum(net.point(), -rate, gradient));
    found.loss.push_back(probe.loss(samples) / loss);
    Vector after = sizes_of(probe, layers);
    for (std::size_t i = 0; i < after.size(); ++i) after[i] /= before[i];
    found.growth.push_back(std::move(after));
  }
  found.gradient = net.part(gradient, weights_of((options.layers.depth + 1) / 2) + ".weight");
  found.kurtosis = kurtosis(found.gradient);
  const double size = length(found.gradient) / std::sqrt(static_cast<double>(found.gradient.size()));
  for (double& g : found.gradient) g /= size;
  return found;
}

}  // namespace landscape
