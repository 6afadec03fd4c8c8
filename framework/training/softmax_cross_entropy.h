// The loss of a classifier: how surprised it is by the right class.
#pragma once

#include "cambium/framework/base/numbers.h"
#include "cambium/framework/training/loss.h"

namespace cambium {

struct SoftmaxCrossEntropyOptions {
  double label_smoothing = 0;  // in [0, 1)
  Numbers class_weights = {};  // one for each class; empty: all 1

  template <class V>
  void fields(V&& visit) { visit("label_smoothing", label_smoothing), visit("class_weights", class_weights); }
};

// Softmax and cross entropy in one, since only together are they safe for every number: outputs are logits z (classes), the
// last layer has no activation, and with p = softmax(z), s = label_smoothing, w = class_weights, t the label
//     loss of a sample = -(1 - s) w_t log p_t - s / classes sum_c w_c log p_c
//     loss             = sum over samples / sum over samples of w_t
//     dz_c             = [(1 - s) w_t (p_c - [c = t]) + s / classes (p_c sum w - w_c)] / sum over samples of w_t
// which are PyTorch's definitions of both options. log p_c = (z_c - max) - log sum exp(z - max), in double. A batch whose
// targets all weigh 0 has loss and gradient 0. A logit of NaN or +infinity makes the loss NaN.
class SoftmaxCrossEntropy final : public Loss {
 public:
  explicit SoftmaxCrossEntropy(SoftmaxCrossEntropyOptions options = {});  // throws Error for numbers that make no sense

  using Loss::check;
  void check(const Shape& output, const Dataset::TargetKind& target) const override;
  double evaluate(const ConstView& y, const Target& target, View dy, double scale = 1) const noexcept override;
  Description describe() const override;

 private:
  double weight(int label) const noexcept;

  SoftmaxCrossEntropyOptions options_;
  double weight_sum_ = 0;  // over the classes; unused when they all count the same
};

}  // namespace cambium
