// The loss for targets that are values, some of them far off: the mean distance.
#pragma once

#include "cambium/framework/training/loss.h"

namespace cambium {

//     loss = sum |y - target| / (batch * values),    dy = sign(y - target) / (batch * values), 0 where they are equal
// The mean runs over samples and values alike, as that of PyTorch's L1Loss; its sum over the values of a sample is this times their
// number. The best constant answer is the median, where that of SquaredError is the mean: one target that is wrong by much pulls no
// harder than one that is wrong by little. The gradient does not shrink near the target, so let the rate do it; or see HuberLoss.
// Finite for finite values; an infinite one makes the loss infinite or NaN, NaN makes it NaN. Errors: those of SquaredError.
class AbsoluteError final : public Loss {
 public:
  using Loss::check;
  void check(const Shape& output, const Dataset::TargetKind& target) const override;
  Description describe() const override;

 protected:
  double compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept override;
};

}  // namespace cambium
