// Online norm: one sample after the other through recurrences, all channels side by side. Their letters are those of
// layers/online_norm.h.
#pragma once

#include <cstddef>

#include "cambium/framework/kernels/real.h"

namespace cambium {

// How the statistics take a sample, and how a variance becomes a scale (DeviationRule in layers/statistics.h).
struct OnlineRule {
  double a;           // decay
  bool enters_first;  // the sample enters the statistics before it is normalized
  bool warm;          // until a channel has varied, its scale is 0
  double epsilon;
  bool input;         // the rule for inputs: and the variance counts as at least what the sample brings to it
};

// One sample of so many positions per channel. Of a flat one (spatial = 1) the value itself is all there is to know: `moments` and
// `about` are not touched. Of any other, x is not.
struct OnlineKernels {
  // Moves mean and var, and writes the sample's map (ref, delta, rstd), as NormMap has it. moments: of this sample, as
  // NormalizeKernels::moments left them. about(0, c) = mean of xhat, about(1, c) = mean of xhat^2.
  void (*take)(const real* x, const double* moments, std::size_t channels, std::size_t spatial, OnlineRule rule, double* mean,
               double* var, real* map, double* about);
  // Moves u and v, and writes the sample's (k0, k1). gain = 1 - b; sums: of g and of g * xhat, per channel.
  void (*take_back)(const real* x, const real* map, const double* about, const double* sums, std::size_t channels,
                    std::size_t spatial, double gain, double* u, double* v, real* back);
};

}  // namespace cambium
