// What losses that look at the distance of an output from targets of its shape have in common.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "cambium/framework/training/loss.h"

namespace cambium {

// Throws Error unless targets are values of the output's shape. `kind` is the loss, `for_labels` what to try where they are labels;
// plain text, since it is called before every step, which must not allocate.
void check_alike(const char* kind, const Shape& output, const Dataset::TargetKind& target, const char* for_labels);

// A gradient as it is stored: never infinite where it was finite.
inline real stored(double gradient) noexcept {
  constexpr double most = std::numeric_limits<real>::max();
  return static_cast<real>(std::clamp(gradient, -most, most));
}

// The mean over samples and values of loss(d), d = y - target, times `scale`; dy gets slope(d), its derivative, in the same way.
// Both are as Loss::compute wants them: finite for finite values, for others not.
template <class LossOf, class SlopeOf>
double mean_over_distances(const ConstView& y, const ConstView& target, View dy, double scale, LossOf loss_of,
                           SlopeOf slope_of) noexcept {
  const double share = scale / static_cast<double>(y.size());
  double loss = 0;
  bool infinite = false;
  for (std::size_t i = 0; i < y.size(); ++i) {
    infinite = infinite || std::isinf(y.data[i]) || std::isinf(target.data[i]);
    const double d = static_cast<double>(y.data[i]) - static_cast<double>(target.data[i]);
    loss += share * loss_of(d);
    if (dy.data) dy.data[i] = stored(share * slope_of(d));
  }
  return infinite ? loss : std::min(loss, std::numeric_limits<double>::max());
}

}  // namespace cambium
