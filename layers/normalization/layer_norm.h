// Shifts and scales each sample by itself, so that the mean of all of its values is 0 and their variance 1.
#pragma once

#include "cambium/layers/normalization/grouped_norm.h"

namespace cambium {

using LayerNormOptions = EpsilonOptions;

// Ba, Kiros, Hinton 2016, without the scale and shift, which is a layer of its own; theirs is Affine({.per = Per::element}).
// For each sample, over all of its n values:
//   mean = sum x / n,  var = sum (x - mean)^2 / n,  y = (x - mean) / sqrt(var + epsilon)
//   dx = (dy - mean(dy) - y mean(dy y)) / sqrt(var + epsilon)
//
// No sample knows of another, so it takes any batch, and does the same in every mode. The price: it does not know either what is
// usual for an element, so it can neither bring elements of different scale to one scale nor make a rare event stand out.
// A constant sample gives exactly 0, with a finite gradient. Any shape; throws Error when planned for a single value.
class LayerNorm : public GroupedNorm {
 public:
  explicit LayerNorm(LayerNormOptions options = {});

  LayerSpec plan(const Setting& setting) const override;
  Description describe() const override;
};

}  // namespace cambium
