// The loss for questions of yes or no, one for each value of the output.
#pragma once

#include "cambium/framework/base/numbers.h"
#include "cambium/framework/training/loss.h"

namespace cambium {

struct BinaryCrossEntropyOptions {
  Numbers positive_weight = {};  // what a yes counts, where a no counts 1: one number for all values, or one for each; empty: 1

  template <class V>
  void fields(V&& visit) {
    visit("positive_weight", positive_weight);
  }
};

// Logistic and cross entropy in one, since only together are they safe for every number: outputs are logits z, the last layer has
// no activation. Of one value, with p = 1 / (1 + exp(-z)), the target t in [0, 1] and w = positive_weight
//     loss = -w t log p - (1 - t) log(1 - p),    dz = w t (p - 1) + (1 - t) p
// and the mean over samples and values alike. This is PyTorch's BCEWithLogitsLoss(pos_weight); its sum over the values of a sample
// is this times their number. The weights are used as they are, not in proportion: a set with one yes in ten is even with {9}.
//
// Targets are
//   labels of two classes beside a single value, class 1 being yes: then accuracy counts, and the class that an output names is 1
//     where z > 0, p > 1/2
//   or values of the output's shape, each a question of its own: several labels for one sample, or probabilities. Which of several
//     questions are answered yes is for z > 0 to say; `label` names the one that is the surest.
// Finite for finite logits; an infinite one makes the loss infinite or NaN, NaN makes it NaN.
// Errors: weights that are not above 0 or not finite, or neither one nor one for each value; labels of another number of classes
// than two, or beside several values; values of another shape, or outside of [0, 1], where a loss would have no lower end.
class BinaryCrossEntropy final : public Loss {
 public:
  explicit BinaryCrossEntropy(BinaryCrossEntropyOptions options = {});

  using Loss::check;
  void check(const Shape& output, const Dataset::TargetKind& target) const override;
  int label(const real* y, const Shape& output) const noexcept override;
  int predicted_values(const Shape& /*output*/) const noexcept override { return 0; }  // they are logits
  Description describe() const override;

  void check_targets(const ConstView& values) const override;

 protected:
  double compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept override;

 private:
  BinaryCrossEntropyOptions options_;
};

}  // namespace cambium
