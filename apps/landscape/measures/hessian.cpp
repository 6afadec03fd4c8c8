#include "apps/landscape/measures/hessian.h"

#include <cmath>
#include <utility>

#include "apps/landscape/held.h"
#include "cambium/framework/base/random.h"

namespace landscape {

using namespace cambium;

namespace {

class Power {
 public:
  Power(const GradientAt& gradient, const Vector& point, const PowerOptions& options)
      : gradient_(gradient), point_(point), options_(options) {}

  // The eigenvalue of the largest size of H - shift I.
  Eigenvalue run(double shift) const {
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
    return found;
  }

 private:
  Vector start() const {
    Vector v(point_.size());
    const Random random = Random(options_.seed).of(part_of_name("power iteration"));
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = random.normal(i);
    const double size = length(v);
    for (double& x : v) x /= size;
    return v;
  }

  Vector multiplied(const Vector& v) const {
    Vector above, below;
    gradient_(sum(point_, options_.step, v), above);
    gradient_(sum(point_, -options_.step, v), below);
    for (std::size_t i = 0; i < above.size(); ++i) above[i] = (above[i] - below[i]) / (2 * options_.step);
    return above;
  }

  const GradientAt& gradient_;
  const Vector& point_;
  const PowerOptions options_;
};

}  // namespace

Eigenvalue top_eigenvalue(const GradientAt& gradient, const Vector& point, const PowerOptions& options) {
  const Power power(gradient, point, options);
  const Eigenvalue largest = power.run(0);
  if (largest.value >= 0) return largest;
  const Eigenvalue other = power.run(largest.value);
  return {other.value + largest.value, largest.products + other.products};
}

Eigenvalue top_eigenvalue(const Net& net, const Samples& samples, const PowerOptions& options) {
  HeldNet held(net, samples);
  const auto gradient = [&](const Vector& point, Vector& to) { held.gradient(point, to); };
  return top_eigenvalue(gradient, net.point(), options);
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
