#include "cambium/framework/training/softmax_cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "cambium/framework/base/error.h"

namespace cambium {
namespace {

constexpr double largest = std::numeric_limits<double>::max();

Error error(const std::string& problem, const std::string& remedy) { return Error("softmax_cross_entropy: " + problem, remedy); }

// log sum exp(z) = best + log(sum).
struct Sum {
  double best, sum;
};

// Leaves exp(z - best) in e, where there is an e.
Sum sum_of(const real* z, int classes, real* e) {
  const double best = static_cast<double>(*std::max_element(z, z + classes));
  double sum = 0;
  for (int c = 0; c < classes; ++c) {
    const double one = std::exp(static_cast<double>(z[c]) - best);
    sum += one;
    if (e) e[c] = static_cast<real>(one);
  }
  return {best, sum};
}

}  // namespace

SoftmaxCrossEntropy::SoftmaxCrossEntropy(SoftmaxCrossEntropyOptions options) : options_(std::move(options)) {
  const double s = options_.label_smoothing;
  if (!(s >= 0 && s < 1))
    throw error(".label_smoothing = " + text_of(s) + " must be at least 0 and below 1", ".label_smoothing = 0.1");
  double sum = 0;
  for (const double w : options_.class_weights) {
    if (!(w >= 0 && std::isfinite(sum += w)))
      throw error(".class_weights = " + options_.class_weights.str() + " must be at least 0, and finite together",
                  "weights around 1");
  }
  if (!options_.class_weights.empty() && sum == 0)
    throw error(".class_weights = " + options_.class_weights.str() + " must not all be 0", "weights around 1");
  const double mean = sum / static_cast<double>(options_.class_weights.size());
  for (const double w : options_.class_weights) weights_.push_back(w / mean);
}

void SoftmaxCrossEntropy::check(const Shape& output, const Dataset::TargetKind& target) const {
  const std::string classes = std::to_string(target.classes);
  if (target.classes < 1)
    throw error("the targets are values of " + target.shape.str() + ", and it needs labels", "SquaredError()");
  if (target.classes == 1)
    throw error("the targets have one class, so there is nothing to tell apart: the loss would always be 0 and every answer right",
                "labels of at least two classes, and as many outputs: Dense(2) for a question of yes or no");
  if (output.rank() != 1)
    throw error("the output is " + output.str() + ", and it needs one value for each of " + classes + " classes",
                output.size() == target.classes ? "Flatten() as the last layer, and Dense(classes) where that is too many"
                                                : "Flatten() and Dense(" + classes + ") as the last layers");
  if (output.size() != target.classes)
    throw error("the output has " + output.str() + (output.size() == 1 ? " value" : " values") + " and the targets have " +
                    classes + " classes",
                "Dense(" + classes + ") as the last layer");
  const std::size_t weights = options_.class_weights.size();
  if (weights != 0 && weights != as_size(target.classes))
    throw error(std::to_string(weights) + " class weights for " + classes + " classes", "one weight for each class");
}

double SoftmaxCrossEntropy::compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept {
  const int classes = y.shape.size();
  const double s = options_.label_smoothing, smooth = s / classes, share = scale / y.batch;
  double loss = 0;
  bool infinite = false;
  for (int i = 0; i < y.batch; ++i) {
    const real* z = y.row(i);
    real* dz = dy.data ? dy.row(i) : nullptr;
    const int label = target.labels[as_size(i)];
    const double w = (1 - s) * weight(label);
    const auto [best, sum] = sum_of(z, classes, dz);
    // In double precision the distance of two extreme logits overflows, and 0 times infinity must not happen. An infinite logit
    // is no such case: were its loss made finite, a network that has left all bounds would go on learning.
    const auto surprise = [&, best = best, log_sum = std::log(sum)](int c) {
      const double far = log_sum + (best - static_cast<double>(z[c]));
      infinite = infinite || std::isinf(z[c]);
      return std::isinf(z[c]) ? far : std::min(far, largest);
    };
    loss += share * w * surprise(label);
    for (int c = 0; s > 0 && c < classes; ++c) loss += share * smooth * weight(c) * surprise(c);
    for (int c = 0; dz && c < classes; ++c) {
      const double goal = (c == label ? w : 0) + smooth * weight(c);
      dz[c] = static_cast<real>(share * ((w + s) * (static_cast<double>(dz[c]) / sum) - goal));
    }
  }
  return infinite ? loss : std::min(loss, largest);
}

Description SoftmaxCrossEntropy::describe() const { return describe_options("softmax_cross_entropy", options_); }

}  // namespace cambium
