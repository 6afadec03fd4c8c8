#include "cambium/framework/base/random.h"

#include <cmath>

#include "cambium/framework/base/portable_math.h"

namespace cambium {

double Random::normal(std::uint64_t i) const {
  // Both numbers that Box and Muller need come from counter i, so that normal(i) never shares bits with another counter.
  const std::uint64_t first = bits(i), second = mix(first + golden);
  const double u = static_cast<double>((first >> 11) + 1) * 0x1.0p-53;  // in (0, 1]: the logarithm is finite
  const double v = static_cast<double>(second >> 11) * 0x1.0p-53;
  return std::sqrt(-2 * portable_math::log(u)) * portable_math::cos_turns(v);
}

void shuffle(int* items, int n, Random random) {
  for (int i = 0; i < n; ++i) {
    const auto j = random.below(static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(i) + 1);
    items[i] = items[j];
    items[j] = i;
  }
}

}  // namespace cambium
