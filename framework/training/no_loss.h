// For an output that is predicted and has no target.
#pragma once

#include "cambium/framework/training/loss.h"

namespace cambium {

// The place of a loss beside an output that data say nothing about: features to look at, or a head that another training learns.
// Its loss is 0, and so is its gradient; the data have no target for it. Not for the first output, of which metrics are told.
//
//     Trainer trainer(graph, Losses(SoftmaxCrossEntropy(), NoLoss()), Adam());      labels for the first output alone
class NoLoss final : public Loss {
 public:
  using Loss::check;
  void check(const Shape& output, const Dataset::TargetKind& target) const override;  // there is none, so always an Error
  bool has_target() const noexcept override { return false; }
  int predicted_values(const Shape&) const noexcept override { return 0; }
  Description describe() const override { return {"no_loss", {}}; }

 protected:
  double compute(const ConstView&, const Target&, View dy, double) const noexcept override;
};

}  // namespace cambium
