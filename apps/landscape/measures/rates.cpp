#include "apps/landscape/measures/rates.h"

#include <algorithm>
#include <cmath>

namespace landscape {

using namespace cambium;

Stress stress(const Dataset& set, const Graph& graph, const StressOptions& options) {
  Training training = options.training;
  training.steps = options.epochs * options.epoch;
  training.growth = std::pow(2.0, 0.5 / options.epoch);
  Net net(graph, training.batch, training.seed);
  const std::vector<Step> steps = train(net, set, training);
  Stress found;
  for (int first = 0; first + options.epoch <= static_cast<int>(steps.size()); first += options.epoch) {
    double loss = 0, accuracy = 0;
    for (int i = first; i < first + options.epoch; ++i) {
      loss += steps[as_size(i)].loss / options.epoch;
      accuracy += steps[as_size(i)].accuracy / options.epoch;
    }
    if (!std::isfinite(loss)) break;
    found.rates.push_back(training.rate * std::pow(training.growth, first + (options.epoch - 1) / 2.0));
    found.loss.push_back(loss), found.accuracy.push_back(accuracy);
  }
  return found;
}

double accuracy_at(const Dataset& set, Norm norm, double rate, const RatesOptions& options) {
  Training training = options.training;
  training.rate = rate;
  Net net(mlp(set.input_shapes()[0], norm, options.layers), training.batch, training.seed);
  return last_accuracy(train(net, set, training), training.steps, options.last);
}

double largest_rate(const Vector& accuracies, const RatesOptions& options) {
  double largest = 0;
  for (std::size_t i = 0; i < accuracies.size(); ++i)
    if (accuracies[i] >= options.reached) largest = std::max(largest, options.rates[i]);
  return largest;
}

}  // namespace landscape
