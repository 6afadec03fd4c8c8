// Scales each sample by itself, so that the mean square of all of its values is 1.
#pragma once

#include "cambium/framework/base/layer.h"
#include "cambium/layers/normalization/statistics.h"

namespace cambium {

using LayerScalingOptions = EpsilonOptions;

// For each sample, over all of its values (channels and positions together), without taking the mean away:
//   y = x / sqrt(mean(x^2) + epsilon)
//   dx = (dy - y mean(dy y)) / sqrt(mean(x^2) + epsilon)
//
// Online norm goes by statistics that are a little old, and what they get wrong adds up from layer to layer. This is the guard
// that its paper uses against it (Chiley et al. 2019, forward error compensation; ActivationClamp is the other one), and it comes
// after the affine step: OnlineNorm(), Affine(), LayerScaling(). On its own it is what others call RMS norm.
//
// Any shape and any batch; the same in every mode. A sample of zeros stays 0, with a finite gradient.
class LayerScaling : public Layer {
 public:
  explicit LayerScaling(LayerScalingOptions options = {});

  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  Description describe() const override;

 private:
  LayerScalingOptions options_;
};

}  // namespace cambium
