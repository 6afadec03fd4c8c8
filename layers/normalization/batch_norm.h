// Shifts and scales every element, so that within each batch its mean is 0 and its variance 1.
#pragma once

#include "cambium/layers/normalization/batch_map_norm.h"

namespace cambium {

struct BatchNormOptions {
  double epsilon = 1e-5;
  double momentum = 0.1;  // the weight of the new value in the running statistics, as in PyTorch (ONNX: 1 - momentum)
  bool unbiased = true;   // running_var averages m / (m - 1) times the batch's variance, as in PyTorch (false: as in Keras)
  Per per = Per::channel;
  bool input = false;  // the rule of `for_input` instead of epsilon

  template <class V>
  void fields(V&& visit) {
    visit("epsilon", epsilon), visit("momentum", momentum), visit("unbiased", unbiased), visit("per", per), visit("input", input);
  }
};

// Ioffe, Szegedy 2015, without the scale and shift, which is a layer of its own (Affine). For each channel, over the m values of it
// in the batch (all samples, all positions):
//   mean = sum x / m,  var = sum (x - mean)^2 / m,  y = (x - mean) / sqrt(var + epsilon)
//   dx = (dy - mean(dy) - y mean(dy y)) / sqrt(var + epsilon)
//
// train: normalizes by the batch, and moves running_mean and running_var (from 0 and 1) towards it. evaluate: by the running
// statistics. adapt: the running statistics move first, as those of an exponentially fading mixture of batches, momentum q,
//   var = (1 - q) var + q var_batch + q (1 - q) (mean_batch - mean)^2,  mean = mean + q (mean_batch - mean)
// and the layer normalizes by them; that works at a batch of one too.
//
// BatchNorm(for_input) is free of scale from the first batch on, in evaluate mode too: it counts batches, as num_batches_tracked,
// and takes q as at least 1 / count, so that nothing of the start at 0 and 1 is left in the running statistics. In every mode y is
// cut at +-32, and dx is the derivative of that; an element that has never varied gives 0 in evaluate mode (statistics.h).
//
// A constant element gives exactly 0, with a finite gradient. Statistics are sums in double of differences from a value of the
// batch, so a large offset costs no digits. Any shape. Throws Error when trained with one value per channel, which is always its
// own mean: the output would be 0 and nothing could be learnt through it.
class BatchNorm : public BatchMapNorm {
 public:
  explicit BatchNorm(BatchNormOptions options = {});
  explicit BatchNorm(ForInput) : BatchNorm(BatchNormOptions{.epsilon = 0, .input = true}) {}

  LayerSpec plan(const Setting& setting) const override;
  void merge(const Forward& ctx, std::span<double> all) const noexcept override;
  void merge_back(const Backward& ctx, std::span<double> all) const noexcept override;
  Description describe() const override;

 private:
  BatchNormOptions options_;
};

}  // namespace cambium
