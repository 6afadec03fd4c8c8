#include "cambium/framework/data/augment/mixup.h"

#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/portable_math.h"

namespace cambium {
namespace {

// The logarithm of a number of the gamma distribution (a, 1): Marsaglia, Tsang 2000, "A simple method for generating gamma
// variables", with its section 6 for a < 1. Of small a the numbers themselves are too small for a double.
double log_gamma_number(Random random, double a) noexcept {
  const auto log_uniform = [&](std::uint64_t part, std::uint64_t i) { return portable_math::log(1 - random.of(part).uniform(i)); };
  const double raised = a < 1 ? a + 1 : a, d = raised - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (std::uint64_t i = 0;; ++i) {
    const double x = random.of(0).normal(i), w = 1 + c * x, v = w * w * w;
    if (w > 0 && log_uniform(1, i) < x * x / 2 + d - d * v + d * portable_math::log(v))
      return portable_math::log(d * v) + (a < 1 ? log_uniform(2, 0) / a : 0);
  }
}

}  // namespace

Mixup::Mixup(const MixupOptions& options) : options_(options) {
  if (!(options.alpha > 0 && std::isfinite(options.alpha)))
    throw Error("mixup: .alpha = " + text_of(options.alpha) + " must be above 0 and finite", ".alpha = 0.2");
}

double Mixup::share(Random random) const noexcept {
  const double one = log_gamma_number(random.of(0), options_.alpha), other = log_gamma_number(random.of(1), options_.alpha);
  return one == other ? 0.5 : 1 / (1 + portable_math::exp(-std::fabs(one - other)));
}

Dataset::TargetKind mixed(const Dataset::TargetKind& kind) {
  if (kind.classes < 1) return kind;
  if (kind.shape.rank() > 3)
    throw Error("mixup: labels at positions of " + kind.shape.str() + ", and it takes at most three sizes", "no Mixup()");
  int sizes[4] = {kind.classes};
  for (int axis = 0; axis < kind.shape.rank(); ++axis) sizes[axis + 1] = kind.shape[axis];
  return {0, Shape(sizes, kind.shape.rank() + 1)};
}

}  // namespace cambium
