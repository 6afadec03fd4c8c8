// Online norm: one sample after the other through recurrences, all channels side by side. Their letters are those of
// layers/normalization/online_norm.h.
#pragma once

#include <cstddef>

#include "cambium/framework/kernels/norm_epilogue.h"

namespace cambium {

// How the statistics take a sample, and how a variance becomes a scale (DeviationRule in layers/normalization/statistics.h).
struct OnlineRule {
  double a;           // decay
  bool enters_first;  // the sample enters the statistics before it is normalized
  bool warm;          // until a channel has varied, its scale is 0
  double epsilon;
  bool input;        // the rule for inputs: and the variance counts as at least what the sample brings to it
  double least = 0;  // else it counts as at least so much of the sample's own mean of (x - mean)^2
};

// The controller of the way back. Of values further out than `limit` deviations it sees that much; 1e150: as published.
struct OnlineControl {
  double gain;  // 1 - b
  double limit;
};

// So many samples of a flat layer, (rows, channels), and the channels from `first` to `last`. All arrays have all channels.
struct OnlineValues {
  std::size_t rows, channels, first, last;
};

struct OnlineKernels {
  // One sample of so many positions per channel: moves mean and var, and writes the sample's map (ref, delta, rstd), as NormMap has
  // it. moments: of this sample, as NormalizeKernels::moments left them. about(0, c) = mean of xhat, about(1, c) = mean of xhat^2.
  void (*take)(const double* moments, std::size_t channels, std::size_t spatial, OnlineRule rule, double* mean, double* var,
               real* map, double* about);
  // Moves u and v, and writes the sample's (k0, k1). sums: of g and of g * xhat, per channel. How far out a sample is says the root
  // of its mean of xhat^2.
  void (*take_back)(const real* map, const double* about, const double* sums, std::size_t channels, std::size_t spatial,
                    OnlineControl control, double* u, double* v, real* back);

  // Flat samples, one after the other, each value being its own mean: moves mean and var, and writes xhat and rstd.
  void (*take_values)(const real* x, OnlineValues of, OnlineRule rule, double* mean, double* var, real* xhat, real* rstd);
  // Moves u and v, writes dx unless it is null, and where the epilogue has gamma or beta adds to sums(0, c) and sums(1, c) those of
  // g and of g * xhat, g as in NormalizeKernels::back_moments. dx may be dy. Where the scale is `held` to be infinite, u and v
  // stay.
  void (*take_values_back)(const real* xhat, const real* rstd, const real* dy, OnlineValues of, const Epilogue& epilogue,
                           OnlineControl control, bool held, double* u, double* v, real* dx);
};

}  // namespace cambium
