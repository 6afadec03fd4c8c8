// Shifts and scales each sample by itself, group of channels by group, so that in each the mean is 0 and the variance 1.
#pragma once

#include "cambium/layers/normalization/grouped_norm.h"

namespace cambium {

using GroupNormOptions = EpsilonOptions;

// Wu, He 2018, without the scale and shift, which is a layer of its own (Affine). The channels are cut into `groups` of neighbours,
// as many in each. For each sample and group, over its n values (its channels, all positions):
//   mean = sum x / n,  var = sum (x - mean)^2 / n,  y = (x - mean) / sqrt(var + epsilon)
//   dx = (dy - mean(dy) - y mean(dy y)) / sqrt(var + epsilon)
//
// Between LayerNorm, which is one group, and InstanceNorm, where each channel is one. Takes any batch, and does the same in every
// mode. A constant group gives exactly 0, with a finite gradient. Any shape.
// Throws Error for fewer than one group, and when planned for channels that cannot be divided by it, or for groups of one value.
class GroupNorm : public GroupedNorm {
 public:
  explicit GroupNorm(int groups, GroupNormOptions options = {});

  LayerSpec plan(const Setting& setting) const override;
  Description describe() const override;
};

}  // namespace cambium
