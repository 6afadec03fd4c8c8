// Shifts and scales each channel of each sample by itself, so that over its positions the mean is 0 and the variance 1.
#pragma once

#include "cambium/layers/normalization/grouped_norm.h"

namespace cambium {

using InstanceNormOptions = EpsilonOptions;

// Ulyanov, Vedaldi, Lempitsky 2016, without the scale and shift, which is a layer of its own (Affine). For each sample and channel,
// over its n positions:
//   mean = sum x / n,  var = sum (x - mean)^2 / n,  y = (x - mean) / sqrt(var + epsilon)
//   dx = (dy - mean(dy) - y mean(dy y)) / sqrt(var + epsilon)
//
// It is GroupNorm with as many groups as channels: contrast and brightness of each picture are gone, where things are stays. Takes
// any batch, and does the same in every mode. A constant channel gives exactly 0, with a finite gradient.
// Throws Error when planned for an input with one position per channel, as every flat one has: the output would always be 0.
class InstanceNorm : public GroupedNorm {
 public:
  explicit InstanceNorm(InstanceNormOptions options = {});

  LayerSpec plan(const Setting& setting) const override;
  Description describe() const override;
};

}  // namespace cambium
