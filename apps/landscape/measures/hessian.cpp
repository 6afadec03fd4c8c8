#include "apps/landscape/measures/hessian.h"

#include <cmath>

#include "cambium/framework/base/random.h"

namespace landscape {

using namespace cambium;

namespace {

class Power {
 public:
  Power(Net& net, const Samples& samples, const PowerOptions& options)
      : net_(net), samples_(samples), options_(options), here_(net.point()) {}

  // The eigenvalue of the largest size of H - shift I.
  Eigenvalue run(double shift) {
    Vector v = start();
    Eigenvalue found;
    for (int i = 0; i < options_.most; ++i) {
      Vector product = sum(multiplied(v), -shift, v);
      const double value = dot(v, product), size = length(product);
      found = {value, i + 1};
      if (!(size > 0) || length(sum(product, -value, v)) <= options_.tolerance * std::fabs(value)) break;
      for (double& x : product) x /= size;
      v = std::move(product);
    }
    net_.move_to(here_);
    return found;
  }

 private:
  // Random where a parameter stands, and 0 in between, where no gradient ever is.
  Vector start() const {
    Vector v(here_.size());
    const Random random = Random(options_.seed).of(part_of_name("power iteration"));
    for (const Range& range : net_.weights().ranges())
      for (std::size_t i = 0; i < range.size; ++i) v[range.offset + i] = random.normal(range.offset + i);
    const double size = length(v);
    for (double& x : v) x /= size;
    return v;
  }

  Vector multiplied(const Vector& v) {
    Vector above, below;
    net_.move_to(sum(here_, options_.step, v));
    net_.gradient(samples_, above);
    net_.move_to(sum(here_, -options_.step, v));
    net_.gradient(samples_, below);
    for (std::size_t i = 0; i < above.size(); ++i) above[i] = (above[i] - below[i]) / (2 * options_.step);
    return above;
  }

  Net& net_;
  const Samples& samples_;
  const PowerOptions options_;
  const Vector here_;
};

}  // namespace

Eigenvalue top_eigenvalue(Net& net, const Samples& samples, const PowerOptions& options) {
  Power power(net, samples, options);
  const Eigenvalue largest = power.run(0);
  if (largest.value >= 0) return largest;
  const Eigenvalue other = power.run(largest.value);
  return {other.value + largest.value, largest.products + other.products};
}

Curvature curvature(const Dataset& set, const Graph& graph, const HessianOptions& options) {
  Net net(graph, options.training.batch, options.training.seed), probe = net.twin(options.batch);
  const Samples samples = first_of(set, options.batch);
  Curvature found;
  const auto look = [&](int step, const ConstView&, std::span<const int>) {
    if (step % 2 != 0) return true;
    probe.move_to(net.point());
    const double loss = probe.loss(samples);
    if (loss > options.losses[found.loss.size()]) return true;
    found.loss.push_back(loss), found.steps.push_back(step);
    found.eigenvalue.push_back(top_eigenvalue(probe, samples, options.power).value);
    return found.loss.size() < options.losses.size();
  };
  train(net, set, options.training, look);
  return found;
}

}  // namespace landscape
