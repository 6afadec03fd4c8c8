// The loss for a regression that says how sure it is: a mean and a variance for each value.
#pragma once

#include "cambium/framework/training/loss.h"

namespace cambium {

struct GaussianLikelihoodOptions {
  double epsilon = 1e-6;  // above 0: the smallest variance, in units of the targets squared
  bool full = false;      // with the constant log(2 pi) / 2, which makes it a likelihood

  template <class V>
  void fields(V&& visit) {
    visit("epsilon", epsilon), visit("full", full);
  }
};

// The negative logarithm of the likelihood of targets under a normal distribution (Nix, Weigend 1994, "Estimating the mean and
// variance of the target probability distribution"). Beside k target values the output has 2k: first the k means m, then the
// logarithms of the k variances, s. Beside targets (c, height, width) it is (2c, height, width), likewise. Of one value, with
// v = max(exp(s), epsilon)
//     loss = (log v + (m - t)^2 / v) / 2,    dm = (m - t) / v,    ds = (1 - (m - t)^2 / v) / 2
// and the mean over samples and target values alike. PyTorch's GaussianNLLLoss with reduction 'mean', but for two things: its
// variance comes as a tensor of its own, and has to be made positive by the model. Its logarithm may be any number, so the last
// layer is Dense(2k) with no activation, and a step means the same for a variance of 1e-4 as for one of 1e4. And below epsilon, ds
// is what the formula gives only where that lifts the variance, else 0: so a variance that fell too low comes back, and falls no
// further.
//
//     deviation = exp(s / 2), at least sqrt(epsilon)
// Where errors are normal, m +- 2 deviations holds 95.4 % of the targets, m +- 1 holds 68.3 %. All is in the units in which the
// targets were learnt: where those were divided by a number, m and the deviation are to be multiplied by it.
// Targets of about mean 0 and deviation 1 suit the start, m = s = 0. The loss may be below 0. Finite for finite values, or the
// largest number; an infinite value makes it infinite or NaN, NaN makes it NaN.
// Errors: an epsilon that is not above 0 or not finite, labels, outputs that are not twice as many as the targets.
class GaussianLikelihood final : public Loss {
 public:
  explicit GaussianLikelihood(const GaussianLikelihoodOptions& options = {});

  using Loss::check;
  void check(const Shape& output, const Dataset::TargetKind& target) const override;
  int predicted_values(const Shape& output) const noexcept override { return output.size() / 2; }  // the means
  double deviation(real log_variance) const noexcept;  // of the second half of an output
  Description describe() const override;

 protected:
  double compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept override;

 private:
  GaussianLikelihoodOptions options_;
  double least_ = 0;  // the logarithm of epsilon
};

}  // namespace cambium
