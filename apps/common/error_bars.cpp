#include "apps/common/error_bars.h"

#include <cmath>

#include "apps/common/each_sample.h"
#include "cambium/framework/training/gaussian_likelihood.h"

namespace apps {
namespace {

using namespace cambium;

// How many deviations every value of the set is off.
template <class See>
void each_distance(Trainer& trainer, const Dataset& set, const See& see) {
  const GaussianLikelihood loss;
  each_sample(trainer, set, [&](std::int64_t, const real* y, const Target& target, int i) {
    const int values = target.values.shape.size();
    for (int k = 0; k < values; ++k)
      see(std::abs(static_cast<double>(y[k]) - static_cast<double>(target.values.row(i)[k])) / loss.deviation(y[values + k]));
  });
}

}  // namespace

double error_bar_factor(Trainer& trainer, const Dataset& set) {
  double squares = 0, all = 0;
  each_distance(trainer, set, [&](double distance) { squares += distance * distance, all += 1; });
  const double factor = std::sqrt(squares / all);
  return std::isfinite(factor) && factor > 0 ? factor : 1;  // 0: every value is predicted exactly
}

double within_error_bars(Trainer& trainer, const Dataset& test, double factor) {
  double within = 0, all = 0;
  each_distance(trainer, test, [&](double distance) { within += distance <= 2 * factor, all += 1; });
  return within / all;
}

}  // namespace apps
