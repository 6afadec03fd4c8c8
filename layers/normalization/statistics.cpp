#include "cambium/layers/normalization/statistics.h"

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/error.h"

namespace cambium {

// Here and not in the header, where <cmath> would cost everybody a tenth of a second.
double DeviationRule::reciprocal(double mean, double variance) const noexcept {
  const double least = 0x1p-30 * mean;
  const double used = input ? std::max(variance, least * least) : variance + epsilon;
  return used < 0x1p-200 || (input && variance == 0) ? 0 : 1 / std::sqrt(used);
}

void check_epsilon(const char* layer, double epsilon) {
  if (!(epsilon >= 1e-30 && epsilon < 1e30))
    throw Error(std::string(layer) + ": epsilon = " + text_of(epsilon) + ", which must be at least 1e-30 and below 1e30", "1e-5");
}

}  // namespace cambium
