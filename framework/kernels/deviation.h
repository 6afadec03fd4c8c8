// How a variance becomes a scale, for loops over channels. Only for the sources of kernels.
#pragma once

#include "cambium/framework/kernels/real.h"

namespace cambium::CAMBIUM_ISA {

// 1 / s as DeviationRule (layers/normalization/statistics.h) has it, without its rule for 0, and s^2 at least the sample's own
// share. Selects instead of branches, and the compiler's own root, so that it runs in lanes.
template <bool input>
inline double reciprocal(double mean, double var, double epsilon, double own_share) {
  const double least = 0x1p-30 * mean, floor = input ? least * least : own_share, counts = input ? var : var + epsilon;
  const double used = counts < floor ? floor : counts;
  const double r = 1 / __builtin_sqrt(used);
  return used < 0x1p-200 ? 0 : r;
}

}  // namespace cambium::CAMBIUM_ISA
