// Batch norm for small or one-sided batches: what it does in training agrees with what it does in evaluation.
#pragma once

#include "cambium/layers/normalization/batch_map_norm.h"
#include "cambium/layers/normalization/ramp.h"

namespace cambium {

struct BatchRenormOptions {
  double alpha = 0.01;  // the weight of the batch in the moving statistics
  double epsilon = 1e-5;
  Ramp r_max = {{5000, 1}, {40000, 3}};  // bounds by the number of training batches so far; these are the paper's
  Ramp d_max = {{5000, 0}, {25000, 5}};
  Per per = Per::channel;

  template <class V>
  void fields(V&& visit) {
    visit("alpha", alpha), visit("epsilon", epsilon), visit("r_max", r_max), visit("d_max", d_max), visit("per", per);
  }
};

// Ioffe 2017, "Batch renormalization", algorithm 1, without the scale and shift. Batch norm, and then a correction r, d that brings
// the result to where the moving statistics mu, sigma would have put it, as far as the bounds let it. Per channel, over the m
// values of it in the batch, with mu and sigma as they were before:
//   mean = sum x / m,  s = sqrt(sum (x - mean)^2 / m + epsilon)
//   r = s / sigma, within 1 / r_max .. r_max,   d = (mean - mu) / sigma, within -d_max .. d_max
//   y = (x - mean) / s * r + d
//   mu = mu + alpha (mean - mu),  sigma = sigma + alpha (s - sigma)
// With both bounds open y is (x - mu) / sigma; with r_max = 1, d_max = 0 it is batch norm, bit for bit.
//
// Backward: r and d are constants, and the batch's own statistics are not, so dx is r times the gradient of batch norm,
//   dx = (dy - mean(dy) - z mean(dy z)) r / s,   z = (y - d) / r
// That is the exact derivative wherever both bounds are reached; elsewhere r and d would move with x too, and are held on purpose.
//
// evaluate: y = (x - mu) / sigma, without another epsilon. adapt: mu and sigma move first, sigma^2 as the variance of an
// exponentially fading mixture of batches (as in BatchNorm, with s^2 and alpha); the layer normalizes by them, and `steps` stays.
// State: mu (from 0), sigma (from 1), and the count of steps. Any shape, any batch. A constant element gives d.
//
// Bounds: mu and sigma are averages, so mu lies among the means that came, and sigma between sqrt(epsilon) and the largest s (and
// the 0 and 1 of their start); in training |y| is at most r_max sqrt(m - 1) + d_max. Nothing of the way back is remembered.
//
// It helps small batches, from two values per channel on. One value is always its own mean: y = d and dx = 0, so on a flat input
// nothing is learnt through it from batches of one; OnlineNorm is for those.
class BatchRenorm : public BatchMapNorm {
 public:
  explicit BatchRenorm(BatchRenormOptions options = {});

  LayerSpec plan(const Setting& setting) const override;
  void merge(const Forward& ctx, std::span<double> all) const noexcept override;
  void merge_back(const Backward& ctx, std::span<double> all) const noexcept override;
  Description describe() const override;

 private:
  BatchRenormOptions options_;
};

}  // namespace cambium
