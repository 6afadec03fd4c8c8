// The loss for values that is squared near the target and straight further out.
#pragma once

#include "cambium/framework/training/loss.h"

namespace cambium {

struct HuberLossOptions {
  double delta = 1;  // above 0, in units of the targets: where squared ends

  template <class V>
  void fields(V&& visit) {
    visit("delta", delta);
  }
};

// Of one value, with d = y - target (Huber 1964, "Robust estimation of a location parameter"):
//     loss = d^2 / 2                      dy = d                 where |d| <= delta
//     loss = delta (|d| - delta / 2)      dy = delta sign(d)     elsewhere
// and the mean over samples and values alike, as that of PyTorch's HuberLoss; its sum over the values of a sample is this times
// their number. With a delta beyond all distances it is half of SquaredError, and loss / delta goes to AbsoluteError as delta goes
// to 0. PyTorch's SmoothL1Loss(beta) is HuberLoss({.delta = beta}) divided by beta.
// Finite for finite values; an infinite one makes the loss infinite or NaN, NaN makes it NaN.
// Errors: a delta that is not above 0 or not finite; those of SquaredError.
class HuberLoss final : public Loss {
 public:
  explicit HuberLoss(const HuberLossOptions& options = {});

  using Loss::check;
  void check(const Shape& output, const Dataset::TargetKind& target) const override;
  Description describe() const override;

 protected:
  double compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept override;

 private:
  HuberLossOptions options_;
};

}  // namespace cambium
