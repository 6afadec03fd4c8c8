#include "cambium/framework/training/no_loss.h"

#include <algorithm>

#include "cambium/framework/base/error.h"

namespace cambium {

void NoLoss::check(const Shape&, const Dataset::TargetKind&) const {
  throw Error("no_loss: there is a target for it", "leaving the target out, or a loss");
}

double NoLoss::compute(const ConstView&, const Target&, View dy, double) const noexcept {
  if (dy.data) std::fill(dy.begin(), dy.end(), real(0));
  return 0;
}

}  // namespace cambium
