#include "apps/landscape/measures/along_gradient.h"

#include <algorithm>
#include <cmath>

namespace landscape {

using namespace cambium;

namespace {

// The step sizes, from half the rate to four times.
std::vector<double> sizes(double rate, int points) {
  std::vector<double> all;
  for (int i = 0; i < points; ++i) all.push_back(rate * 0.5 * std::pow(8.0, i / std::max(1.0, points - 1.0)));
  return all;
}

}  // namespace

AlongGradient along_gradient(const Dataset& set, const Graph& graph, const AlongGradientOptions& options) {
  const Training& training = options.training;
  Net net(graph, training.batch, training.seed), probe = net.twin();
  AlongGradient found;
  const auto look = [&](int step, const ConstView& x, std::span<const int> labels) {
    if (step % options.every != 0) return true;
    Vector gradient, there;
    const Vector here = net.point();
    probe.move_to(here), probe.plan().set_pass_number(net.plan().pass_number());
    probe.gradient(x, labels, gradient);
    double low = 1e300, high = -1e300, change = 0, least = 1e300, smoothness = 0;
    for (const double size : sizes(training.rate, options.points)) {
      probe.move_to(sum(here, -size, gradient));
      const double loss = probe.gradient(x, labels, there), moved = distance(there, gradient);
      low = std::min(low, loss), high = std::max(high, loss);
      change = std::max(change, moved), least = std::min(least, moved);
      smoothness = std::max(smoothness, moved / (size * length(gradient)));
    }
    found.steps.push_back(step);
    found.low.push_back(low), found.high.push_back(high);
    found.change.push_back(change), found.least_change.push_back(least);
    found.smoothness.push_back(smoothness);
    return true;
  };
  for (const Step& step : train(net, set, training, look)) found.loss.push_back(step.loss), found.accuracy.push_back(step.accuracy);
  return found;
}

double AlongGradient::mean_range() const {
  Vector ranges;
  for (std::size_t i = 0; i < low.size(); ++i) ranges.push_back(high[i] - low[i]);
  return mean(ranges);
}

}  // namespace landscape
