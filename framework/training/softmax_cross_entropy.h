// The loss of a classifier: how surprised it is by the right class.
#pragma once

#include <vector>

#include "cambium/framework/base/numbers.h"
#include "cambium/framework/training/loss.h"

namespace cambium {

struct SoftmaxCrossEntropyOptions {
  double label_smoothing = 0;  // in [0, 1)
  Numbers class_weights = {};  // one for each class, used in proportion: {1, 3} is {10, 30}; empty: all alike

  template <class V>
  void fields(V&& visit) {
    visit("label_smoothing", label_smoothing), visit("class_weights", class_weights);
  }
};

// Softmax and cross entropy in one, since only together are they safe for every number: outputs are logits z (classes, at least
// two), the last layer has no activation, and with p = softmax(z), s = label_smoothing, w = class_weights divided by their mean,
// t the label
//     loss of a sample = -(1 - s) w_t log p_t - s / classes sum_c w_c log p_c
//     loss             = sum over samples / batch
//     dz_c             = [(1 - s) w_t (p_c - [c = t]) + s / classes (p_c classes - w_c)] / batch
// log p_c = (z_c - max) - log sum exp(z - max), in double. A logit of NaN or +infinity makes the loss NaN, one of -infinity
// for the label makes it infinite.
//
// Targets are
//   labels, one for a sample, beside outputs (classes)
//   labels, one for each position, (height, width) beside outputs (classes, height, width), or fewer or more sizes alike. The loss
//     of a sample is the mean over its positions. Those without a label can be a class of their own, of weight 0, where nothing is
//     smoothed; they are positions all the same, in the mean and in the accuracy
//   probabilities q of the output's shape, at least 0 and of sum 1 over classes, as mixup gives, or another model. In
//     place of w_t log p_t there is sum_c q_c w_c log p_c, and of w_t (p_c - [c = t]) there is p_c sum_k q_k w_k - q_c w_c
//
// Without class weights this is PyTorch's definition. With them PyTorch divides by the sum of w_t over the batch: then a batch of
// one divides its weight away, four batches of 64 are not one of 256, and a mean over batches depends on their order. Here every
// sample counts by its class alone, in any batch. Where every class has as many samples in the batch, the two agree.
// Errors: outputs of another number of classes, or of other positions than the labels; a label that is no class; probabilities
// that are below 0 or of another sum than 1.
class SoftmaxCrossEntropy final : public Loss {
 public:
  explicit SoftmaxCrossEntropy(SoftmaxCrossEntropyOptions options = {});  // throws Error for numbers that make no sense

  using Loss::check;
  void check(const Shape& output, const Dataset::TargetKind& target) const override;
  int classes(const Shape& output) const override { return output.rank() > 1 ? output.channels() : Loss::classes(output); }
  Shape label_shape(const Shape& output) const override;
  int label_at(const real* y, const Shape& output, int position) const noexcept override;
  void check_targets(const ConstView& values) const override;
  int predicted_values(const Shape& /*output*/) const noexcept override { return 0; }  // they are logits
  Description describe() const override;

 protected:
  double compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept override;

 private:
  double weight(int label) const noexcept { return weights_.empty() ? 1 : weights_[as_size(label)]; }

  SoftmaxCrossEntropyOptions options_;
  std::vector<double> weights_;  // the class weights, of mean 1
};

}  // namespace cambium
