// The whole contract of a loss in one call: check_loss(Hinge(), Shape{1}, {.classes = 2}).
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/training/loss.h"

namespace cambium::testing {

struct LossOptions {
  double tolerance = 1e-8;     // of the gradient: max |analytic - numeric| / max |analytic|, in double
  double step = 1e-5;          // of the central differences
  double low = -2, high = 2;   // values of targets are drawn from here; outputs are normal
  bool probabilities = false;  // values of targets are probabilities of classes instead: at least 0, of sum 1 over the first size
  double far = 1e18;           // outputs of this size must leave loss and gradient finite; 0: not tried
};

// Throws an Error that lists what was found, for outputs of this shape and targets of this kind (classes, or the shape of values):
//   check accepts them, and refuses labels out of range and targets of another number than the outputs
//   dy against central differences (double build), wholly overwritten, and nothing else written; without dy: the same loss
//   the loss of a batch is the mean of its samples' losses, whatever the cut; dy likewise; both are proportional to `scale`
//   finite for outputs far out; an output of NaN is not hidden; the same bits again; no memory taken
void check_loss(const Loss& loss, const Shape& output, const Dataset::TargetKind& target, const LossOptions& options = {});

// The same as a list.
std::vector<std::string> loss_faults(const Loss& loss, const Shape& output, const Dataset::TargetKind& target,
                                     const LossOptions& options = {});

}  // namespace cambium::testing
