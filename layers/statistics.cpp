#include "cambium/layers/statistics.h"

#include <algorithm>
#include <cmath>

namespace cambium {

// Here and not in the header, where <cmath> would cost everybody a tenth of a second.
double DeviationRule::reciprocal(double mean, double variance) const noexcept {
  const double least = 0x1p-30 * mean;
  const double used = input ? std::max(variance, least * least) : variance + epsilon;
  return used < 0x1p-200 ? 0 : 1 / std::sqrt(used);
}

}  // namespace cambium
