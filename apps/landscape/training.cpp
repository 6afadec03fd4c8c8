#include "apps/landscape/training.h"

#include <algorithm>

#include "cambium/framework/data/stream.h"
#include "cambium/optimizers/sgd.h"

namespace landscape {

using namespace cambium;

std::vector<Step> train(Net& net, const Dataset& set, const Training& training, const Look& look) {
  Stream stream(set, {.batch = training.batch, .seed = training.seed, .drop_last = true, .endless = true, .prefetch = false});
  Sgd sgd({.rate = training.rate, .momentum = training.momentum});
  std::vector<Step> steps;
  double rate = training.rate;
  for (int step = 0; step < training.steps; ++step, rate *= training.growth) {
    const auto& [x, target] = *stream.next();
    if (look && !look(step, x, target.labels)) break;
    sgd.set_rate(rate);
    steps.push_back(net.step(x, target.labels, sgd));
    if (!steps.back().finite) break;
  }
  return steps;
}

double last_accuracy(const std::vector<Step>& steps, int planned, int n) {
  double right = 0;
  for (int i = std::max(0, planned - n); i < static_cast<int>(steps.size()); ++i)
    if (steps[as_size(i)].finite) right += steps[as_size(i)].accuracy;
  return right / n;
}

}  // namespace landscape
