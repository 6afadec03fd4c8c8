#include "cambium/framework/training/huber_loss.h"

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/framework/training/parts/distances.h"

namespace cambium {

HuberLoss::HuberLoss(const HuberLossOptions& options) : options_(options) {
  if (!(options.delta > 0 && std::isfinite(options.delta)))
    throw Error("huber_loss: .delta = " + text_of(options.delta) + " must be above 0 and finite", ".delta = 1");
}

void HuberLoss::check(const Shape& output, const Dataset::TargetKind& target) const {
  check_alike("huber_loss", output, target, "SoftmaxCrossEntropy()");
}

double HuberLoss::compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept {
  const double delta = options_.delta;
  return mean_over_distances(
      y, target.values, dy, scale,
      [delta](double d) { return std::fabs(d) <= delta ? 0.5 * d * d : delta * (std::fabs(d) - 0.5 * delta); },
      [delta](double d) { return std::clamp(d, -delta, delta); });
}

Description HuberLoss::describe() const { return describe_options("huber_loss", options_); }

}  // namespace cambium
