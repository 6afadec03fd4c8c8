#include "cambium/framework/training/binary_cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/training/parts/distances.h"

namespace cambium {
namespace {

Error refusal(const std::string& problem, const std::string& remedy) { return Error("binary_cross_entropy: " + problem, remedy); }

void check_labels(const Shape& output, int classes) {
  const std::string count = std::to_string(classes);
  if (output.size() > 1)
    throw refusal(
        "the output is " + output.str() + " and the targets are labels of " + count +
            " classes, and it needs one value for labels of two classes",
        "SoftmaxCrossEntropy() for one of several classes, or values of 0 and 1 as targets for any number of them at once");
  if (classes == 1) throw refusal("the targets have one class, so there is nothing to tell apart", "labels 0 for no and 1 for yes");
  if (classes != 2)
    throw refusal("the targets have " + count + " classes, and one value tells two apart",
                  "SoftmaxCrossEntropy(), and Dense(" + count + ") as the last layer");
}

bool is_probability(real t) { return t >= 0 && t <= 1; }

}  // namespace

BinaryCrossEntropy::BinaryCrossEntropy(BinaryCrossEntropyOptions options) : options_(std::move(options)) {
  for (const double w : options_.positive_weight)
    if (!(w > 0 && std::isfinite(w)))
      throw refusal(".positive_weight = " + options_.positive_weight.str() + " must be above 0 and finite",
                    "the number of samples that say no, divided by that of those that say yes");
}

void BinaryCrossEntropy::check(const Shape& output, const Dataset::TargetKind& target) const {
  if (target.classes > 0)
    check_labels(output, target.classes);
  else
    check_alike("binary_cross_entropy", output, target, "");
  const std::size_t weights = options_.positive_weight.size();
  if (weights > 1 && weights != as_size(output.size()))
    throw refusal(std::to_string(weights) + " positive weights for an output of " + output.str(),
                  "one for all, or one for each value");
}

void BinaryCrossEntropy::check_targets(const ConstView& targets) const {
  const real* const bad = std::find_if_not(targets.begin(), targets.begin() + targets.size(), is_probability);
  const auto at = static_cast<std::size_t>(bad - targets.begin()), width = as_size(targets.shape.size());
  if (at < targets.size())
    throw refusal("the target of sample " + std::to_string(as_size(targets.first) + at / width) + " of the batch is " +
                      text_of(static_cast<double>(*bad)) + " at position " + std::to_string(at % width) + " of " +
                      targets.shape.str() + ", and must be between 0 and 1",
                  "targets of 0 for no and 1 for yes");
}

int BinaryCrossEntropy::label(const real* y, const Shape& output) const noexcept {
  if (output.size() > 1) return Loss::label(y, output);
  return y[0] > 0 ? 1 : y[0] <= 0 ? 0 : -1;
}

double BinaryCrossEntropy::compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept {
  const Numbers& weights = options_.positive_weight;
  const std::size_t values = as_size(y.shape.size());
  const double share = scale / static_cast<double>(y.size());
  double loss = 0;
  bool infinite = false;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double z = static_cast<double>(y.data[i]), small = std::exp(-std::fabs(z));
    const double t = target.has_labels() ? target.labels[i] : static_cast<double>(target.values.data[i]);
    const double w = weights.empty() ? 1 : weights[weights.size() == 1 ? 0 : i % values];
    infinite = infinite || std::isinf(z);
    const double log_sum = std::log1p(small), yes = log_sum + std::fmax(-z, 0), no = log_sum + std::fmax(z, 0);
    loss += share * (w * t * yes + (1 - t) * no);
    const double p = (z > 0 ? 1 : small) / (1 + small), rest = (z > 0 ? small : 1) / (1 + small);
    if (dy.data) dy.data[i] = stored(share * ((1 - t) * p - w * t * rest));
  }
  return infinite ? loss : std::min(loss, std::numeric_limits<double>::max());
}

Description BinaryCrossEntropy::describe() const { return describe_options("binary_cross_entropy", options_); }

}  // namespace cambium
