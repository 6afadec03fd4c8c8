// Normalization and the channel map, over x (rows, channels, spatial); a flat layer has spatial = 1.
//
// A map says how one channel is normalized, in the centred form
//     xhat = ((x - ref) - delta) * rstd,       ref + delta = mean, rstd = 1 / standard deviation
// and, on the way back, g being the gradient that arrives at xhat,
//     dx = g * rstd - k0 - k1 * xhat
// which covers batch norm (k0, k1 from the batch) and online norm (k0, k1 from its controller) alike.
// The reference is a value close to the mean and exact in `real`, so that a large offset costs no digits and a constant gives 0.
#pragma once

#include <cstddef>

#include "cambium/framework/kernels/norm_epilogue.h"

namespace cambium {

// ref, delta and rstd lie one after the other, `channels` values each; so do k0 and k1. Either once for all samples, or, with
// per_sample, once for each sample.
struct NormMap {
  const real* map;   // (ref, delta, rstd)
  const real* back;  // (k0, k1); null on the way forward
  bool per_sample;
};

// How a variance becomes rstd: DeviationRule (layers/normalization/statistics.h); `silent`: a variance of 0 gives 0, with or
// without an epsilon.
struct HeldRule {
  double epsilon;
  bool input, silent;
};

struct NormalizeKernels {
  // Per channel: out(0, c) = x(first row, c, 0) as reference, out(1, c) = sum of x - reference, out(2, c) = sum of its squares.
  void (*moments)(const real* x, std::size_t rows, std::size_t channels, std::size_t spatial, double* out);
  // The map of mean and variance where they are held: ref = mean, rounded, and delta = what the rounding lost.
  void (*held_map)(const double* mean, const double* var, std::size_t channels, HeldRule rule, real* map);
  // y = epilogue(xhat); y may be x.
  void (*forward)(const real* x, real* y, std::size_t rows, std::size_t channels, std::size_t spatial, NormMap map,
                  NormEpilogue epilogue);
  // out(0, c) = sum of g, out(1, c) = sum of g * xhat, g = dy where relu passed and 0 elsewhere, before gamma.
  void (*back_moments)(const real* x, const real* dy, std::size_t rows, std::size_t channels, std::size_t spatial, NormMap map,
                       NormEpilogue epilogue, double* out);
  // dx = (g * gamma) * rstd - k0 - k1 * xhat; dx may be dy.
  void (*backward)(const real* x, const real* dy, real* dx, std::size_t rows, std::size_t channels, std::size_t spatial,
                   NormMap map, NormEpilogue epilogue);

  // y = epilogue(x) per channel; y may be x.
  void (*channel_map)(const real* x, real* y, std::size_t rows, std::size_t channels, std::size_t spatial, NormEpilogue epilogue);
  // dgamma(c) = [+] sum of dy * x, dbeta(c) = [+] sum of dy, over channels from `first` to `last`; either may be null.
  void (*channel_map_gradient)(const real* x, const real* dy, std::size_t rows, std::size_t channels, std::size_t spatial,
                               std::size_t first, std::size_t last, real* dgamma, real* dbeta, bool add);
  // From the gradient before gamma to the one that arrives at xhat, in what back_moments left, set after set of (2, channels):
  // sums(i) = sum over the sets, in order, of all(set, i), which are the gradients of beta and gamma; then all(set, i) *= gamma(c),
  // unless gamma is null.
  void (*through_gamma)(double* all, std::size_t sets, std::size_t channels, const real* gamma, double* sums);
};

// Normalization that is cut at a bound: y = xhat within +-bound, and where it is cut no gradient passes. Else as above.
struct BoundedKernels {
  void (*forward)(const real* x, real* y, std::size_t rows, std::size_t channels, std::size_t spatial, NormMap map, real bound);
  // xhat in the sums and in dx is that before the cut.
  void (*back_moments)(const real* x, const real* dy, std::size_t rows, std::size_t channels, std::size_t spatial, NormMap map,
                       real bound, double* out);
  void (*backward)(const real* x, const real* dy, real* dx, std::size_t rows, std::size_t channels, std::size_t spatial,
                   NormMap map, real bound);
};

}  // namespace cambium
