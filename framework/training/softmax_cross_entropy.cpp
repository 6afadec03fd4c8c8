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

// The values of all classes at one position of a sample: neighbours, or `stride` apart where there are more positions.
template <class T>
struct Classes {
  T* first;
  std::ptrdiff_t stride;
  T& operator[](int c) const { return first[c * stride]; }
};

// log sum exp(z) = best + log(sum).
struct Sum {
  double best, sum;
};

int largest_of(const Classes<const real>& z, int classes) {
  int best = 0;
  for (int c = 1; c < classes; ++c)
    if (z[c] > z[best]) best = c;
  return best;
}

// Leaves exp(z - best) in e, where there is an e.
Sum sum_of(const Classes<const real>& z, int classes, const Classes<real>& e) {
  const double best = static_cast<double>(z[largest_of(z, classes)]);
  double sum = 0;
  for (int c = 0; c < classes; ++c) {
    const double one = std::exp(static_cast<double>(z[c]) - best);
    sum += one;
    if (e.first) e[c] = static_cast<real>(one);
  }
  return {best, sum};
}

void check_labels(const Shape& positions, const Shape& output, const Dataset::TargetKind& target) {
  const std::string classes = std::to_string(target.classes);
  const bool one_label = target.shape.rank() == 0 || (target.shape.size() == 1 && output.rank() == 1);
  if (target.classes == 1)
    throw error("the targets have one class, so there is nothing to tell apart: the loss would always be 0 and every answer right",
                "labels of at least two classes, and as many outputs: Dense(2) for a question of yes or no");
  if (!one_label && (output.rank() < 2 || positions != target.shape || output.channels() != target.classes))
    throw error("the output is " + output.str() + ", and labels of " + classes + " classes at positions of " + target.shape.str() +
                    " need " + classes + "x" + target.shape.str(),
                target.shape.rank() != 2
                    ? "an output of that shape"
                    : "Conv2d(" + classes + ", {.kernel = 1}) as the last layer, and before it none that changes the size");
  if (one_label && output.rank() != 1)
    throw error("the output is " + output.str() + ", and it needs one value for each of " + classes + " classes",
                output.size() == target.classes ? "Flatten() as the last layer, and Dense(classes) where that is too many"
                                                : "Flatten() and Dense(" + classes + ") as the last layers");
  if (output.channels() != target.classes)
    throw error("the output has " + output.str() + (output.size() == 1 ? " value" : " values") + " and the targets have " +
                    classes + " classes",
                "Dense(" + classes + ") as the last layer");
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

Shape SoftmaxCrossEntropy::label_shape(const Shape& output) const {
  int sizes[4] = {};
  for (int axis = 1; axis < output.rank(); ++axis) sizes[axis - 1] = output[axis];
  return output.rank() > 1 ? Shape(sizes, output.rank() - 1) : Shape();
}

int SoftmaxCrossEntropy::label_at(const real* y, const Shape& output, int position) const noexcept {
  if (output.rank() <= 1) return label(y, output);
  const Classes<const real> z{y + position, output.spatial()};
  for (int c = 0; c < output.channels(); ++c)
    if (std::isnan(z[c])) return -1;
  return largest_of(z, output.channels());
}

void SoftmaxCrossEntropy::check(const Shape& output, const Dataset::TargetKind& target) const {
  if (target.classes > 0)
    check_labels(label_shape(output), output, target);
  else if (target.shape != output || output.channels() == 1)
    throw error("the targets are values of " + target.shape.str() + ", and it needs labels, or a probability for each class",
                "SquaredError() for values that are to be predicted");
  const std::size_t weights = options_.class_weights.size(), classes = as_size(output.channels());
  if (weights != 0 && weights != classes)
    throw error(std::to_string(weights) + " class weights for " + std::to_string(classes) + " classes",
                "one weight for each class");
}

void SoftmaxCrossEntropy::check_targets(const ConstView& values) const {
  constexpr double rounding = 1e-3;
  const int classes = values.shape.channels(), positions = values.shape.spatial();
  for (int i = 0; i < values.batch; ++i)
    for (int p = 0; p < positions; ++p) {
      const Classes<const real> q{values.row(values.first + i) + p, positions};
      double sum = 0;
      bool negative = false;
      for (int c = 0; c < classes; ++c) negative = negative || q[c] < 0, sum += static_cast<double>(q[c]);
      if (negative || !(std::fabs(sum - 1) <= rounding))
        throw error("the targets of sample " + std::to_string(values.first + i) + " of the batch are " +
                        (negative ? "below 0 for a class" : "of sum " + text_of(sum)) +
                        (positions > 1 ? " at position " + std::to_string(p) : "") + ", and probabilities sum to 1",
                    "SquaredError() for values that are to be predicted");
    }
}

double SoftmaxCrossEntropy::compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept {
  const int classes = y.shape.rank() > 1 ? y.shape.channels() : y.shape.size(), positions = y.shape.size() / classes;
  const double s = options_.label_smoothing, smooth = s / classes, share = scale / (static_cast<double>(y.batch) * positions);
  double loss = 0;
  bool infinite = false;
  for (std::ptrdiff_t i = 0; i < std::ptrdiff_t{y.batch} * positions; ++i) {
    const std::ptrdiff_t at = i / positions * y.shape.size() + i % positions;
    const Classes<const real> z{y.data + at, positions}, q{target.has_labels() ? nullptr : target.values.data + at, positions};
    const Classes<real> dz{dy.data ? dy.data + at : nullptr, positions};
    const int label = q.first ? -1 : target.labels[static_cast<std::size_t>(i)];
    const auto [best, sum] = sum_of(z, classes, dz);
    // In double precision the distance of two extreme logits overflows, and 0 times infinity must not happen. An infinite logit
    // is no such case: were its loss made finite, a network that has left all bounds would go on learning.
    const auto surprise = [&, best = best, log_sum = std::log(sum)](int c) {
      const double far = log_sum + (best - static_cast<double>(z[c]));
      infinite = infinite || std::isinf(z[c]);
      return std::isinf(z[c]) ? far : std::min(far, largest);
    };
    // What class c counts in this loss: its part of the target, and of the smoothing.
    const auto part = [&](int c) { return (1 - s) * weight(c) * (q.first ? static_cast<double>(q[c]) : c == label ? 1 : 0); };
    double w = 0;
    if (!q.first) loss += share * (w = (1 - s) * weight(label)) * surprise(label);
    for (int c = 0; q.first && c < classes; ++c)
      if (q[c] > 0) w += part(c), loss += share * part(c) * surprise(c);
    for (int c = 0; s > 0 && c < classes; ++c) loss += share * smooth * weight(c) * surprise(c);
    for (int c = 0; dz.first && c < classes; ++c) {
      const double goal = part(c) + smooth * weight(c);
      dz[c] = static_cast<real>(share * ((w + s) * (static_cast<double>(dz[c]) / sum) - goal));
    }
  }
  return infinite ? loss : std::min(loss, largest);
}

Description SoftmaxCrossEntropy::describe() const { return describe_options("softmax_cross_entropy", options_); }

}  // namespace cambium
