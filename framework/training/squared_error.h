// The loss for targets that are values: the mean squared distance from them.
#pragma once

#include "cambium/framework/training/loss.h"

namespace cambium {

//     loss = sum (y - target)^2 / (batch * values),    dy = 2 (y - target) / (batch * values)
// The mean runs over samples and values alike, as that of PyTorch's MSELoss: the more values, the smaller the gradient of each.
// Finite for finite values; an infinite one makes the loss infinite, NaN makes it NaN.
class SquaredError final : public Loss {
 public:
  using Loss::check;
  void check(const Shape& output, const Dataset::TargetKind& target) const override;
  Description describe() const override;

 protected:
  double compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept override;
};

}  // namespace cambium
