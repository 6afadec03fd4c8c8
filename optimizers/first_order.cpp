#include "cambium/optimizers/first_order.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "cambium/framework/base/error.h"

namespace cambium {
namespace {

constexpr std::size_t most_moments = 8, most_values = 512;  // on the stack of the caller

}  // namespace

FirstOrder::FirstOrder(Common common, std::vector<std::string> moments) : FusedFirstOrder(std::move(common), std::move(moments)) {
  if (this->moments() > most_moments)
    throw Error(kind() + ": " + std::to_string(this->moments()) + " moments, and there may be " + std::to_string(most_moments),
                "fewer, or an optimizer derived from Optimizer");
}

bool FirstOrder::run(const Range& range, std::size_t first, const GradientRows& gradient) noexcept {
  const GradientShape shape = shape_of(range, common().weight_decay);
  const real rate = static_cast<real>(this->rate() * range.settings.rate);
  bool good = true;
  for (std::size_t r = 0; r < gradient.rows; ++r, first += gradient.count)
    good &= run_row(range, first, gradient.count, gradient.row, gradient.scales[r], shape, rate);
  return good;
}

bool FirstOrder::run_row(const Range& range, std::size_t first, std::size_t count, const real* row, real scale,
                         const GradientShape& shape, real rate) noexcept {
  const auto finite = [&](const real* x, std::size_t n) { return elementwise().all_finite(x, n); };
  bool good = true;
  for (std::size_t done = 0, n; done < count; done += n) {
    n = std::min(count - done, most_values);
    real shaped[most_values];
    real* at[most_moments];
    real* const weight = range.weight + first + done;
    for (std::size_t k = 0; k < moments(); ++k) at[k] = moment(k, range, first + done);
    kernels().shape(weight, row + done, scale, shaped, n, shape);
    move({weight, shaped, n, rate, {at, moments()}});
    kernels().limit(weight, n, shape);
    good &= finite(weight, n);
    for (std::size_t k = 0; k < moments(); ++k) good &= finite(at[k], n);
  }
  return good;
}

}  // namespace cambium
