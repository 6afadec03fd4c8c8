#include "cambium/framework/training/gaussian_likelihood.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cambium/framework/base/error.h"
#include "cambium/framework/training/parts/distances.h"

namespace cambium {
namespace {

constexpr double half_log_two_pi = 0.9189385332046727;

bool is_twice(const Shape& output, const Shape& target) {
  if (output.rank() != target.rank() || output.size() / 2 != target.size() || output.size() % 2 != 0) return false;
  for (int axis = 1; axis < target.rank(); ++axis)
    if (output[axis] != target[axis]) return false;
  return true;
}

}  // namespace

GaussianLikelihood::GaussianLikelihood(const GaussianLikelihoodOptions& options) : options_(options) {
  if (!(options.epsilon > 0 && std::isfinite(options.epsilon)))
    throw Error("gaussian_likelihood: .epsilon = " + text_of(options.epsilon) + " must be above 0 and finite", ".epsilon = 1e-6");
  least_ = std::log(options.epsilon);
}

void GaussianLikelihood::check(const Shape& output, const Dataset::TargetKind& target) const {
  if (target.classes > 0)
    throw Error(
        "gaussian_likelihood: the targets are labels of " + std::to_string(target.classes) + " classes, and it needs values",
        "SoftmaxCrossEntropy()");
  const std::string twice = std::to_string(2 * static_cast<long long>(target.shape.channels()));
  if (!is_twice(output, target.shape))
    throw Error("gaussian_likelihood: the output is " + output.str() + " and the targets are " + target.shape.str() +
                    ", and it needs two values for each of them, a mean and the logarithm of the variance",
                target.shape.rank() > 1 ? "a last layer of " + twice + " channels" : "Dense(" + twice + ") as the last layer");
}

double GaussianLikelihood::deviation(real log_variance) const noexcept {
  return std::exp(0.5 * std::max(static_cast<double>(log_variance), least_));
}

double GaussianLikelihood::compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept {
  const int values = target.values.shape.size();
  const double share = scale / static_cast<double>(target.values.size()), constant = options_.full ? half_log_two_pi : 0;
  constexpr double largest = std::numeric_limits<double>::max();
  double loss = 0;
  bool infinite = false;
  for (int i = 0; i < y.batch; ++i)
    for (int j = 0; j < values; ++j) {
      const real mean = y.row(i)[j], log_variance = y.row(i)[values + j], t = target.values.row(i)[j];
      infinite = infinite || std::isinf(mean) || std::isinf(log_variance) || std::isinf(t);
      const double s = static_cast<double>(log_variance), held = std::max(s, least_), inverse = std::exp(-0.5 * held);
      // In deviations. Squares of this, unlike those of a distance, are never infinite where they would be multiplied by 0.
      const double d = inverse * std::clamp(static_cast<double>(mean) - static_cast<double>(t), -largest, largest);
      loss += share * (0.5 * held + 0.5 * d * d + constant);
      if (!dy.data) continue;
      const double up = 0.5 - 0.5 * d * d;
      dy.row(i)[j] = stored(share * d * inverse);
      dy.row(i)[values + j] = stored(share * (s < least_ ? std::min(up, 0.0) : up));
    }
  return infinite ? loss + std::numeric_limits<double>::infinity() : std::min(loss, largest);
}

Description GaussianLikelihood::describe() const { return describe_options("gaussian_likelihood", options_); }

}  // namespace cambium
