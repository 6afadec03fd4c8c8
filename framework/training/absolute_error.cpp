#include "cambium/framework/training/absolute_error.h"

#include <cmath>

#include "cambium/framework/training/parts/distances.h"

namespace cambium {
namespace {

// 0 of 0, and NaN of NaN.
double sign_of(double d) noexcept {
  if (d > 0) return 1;
  return d < 0 ? -1 : d;
}

}  // namespace

void AbsoluteError::check(const Shape& output, const Dataset::TargetKind& target) const {
  check_alike("absolute_error", output, target, "SoftmaxCrossEntropy()");
}

double AbsoluteError::compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept {
  return mean_over_distances(
      y, target.values, dy, scale, [](double d) { return std::fabs(d); }, sign_of);
}

Description AbsoluteError::describe() const { return {"absolute_error", {}}; }

}  // namespace cambium
