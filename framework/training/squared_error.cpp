#include "cambium/framework/training/squared_error.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cambium/framework/training/parts/distances.h"

namespace cambium {

void SquaredError::check(const Shape& output, const Dataset::TargetKind& target) const {
  check_alike("squared_error", output, target, "SoftmaxCrossEntropy()");
}

double SquaredError::compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept {
  const double share = scale / static_cast<double>(y.size());
  constexpr double largest = std::numeric_limits<double>::max(), most = std::numeric_limits<real>::max();
  const real* t = target.values.data;
  double loss = 0;
  bool infinite = false;  // then the loss is too: only a distance of finite values is kept below infinity
  for (std::size_t i = 0; i < y.size(); ++i) {
    infinite = infinite || std::isinf(y.data[i]) || std::isinf(t[i]);
    const double d = static_cast<double>(y.data[i]) - static_cast<double>(t[i]);
    loss += share * d * d;
    if (dy.data) dy.data[i] = static_cast<real>(std::clamp(2 * share * d, -most, most));
  }
  return infinite ? loss : std::min(loss, largest);
}

Description SquaredError::describe() const { return {"squared_error", {}}; }

}  // namespace cambium
