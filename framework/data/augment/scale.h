// Makes what a picture shows a little larger or smaller.
#pragma once

#include "cambium/framework/data/augment.h"

namespace cambium {

struct ScaleOptions {
  double low = 0.9, high = 1.1;  // the factor, 0 < low <= high; 2 makes what is shown twice as wide and as high
  double fill = 0;               // what comes in from outside

  template <class V>
  void fields(V&& visit) {
    visit("low", low), visit("high", high), visit("fill", fill);
  }
};

// Scales an image (channels, height, width) about its middle, all channels alike, by a factor f that is uniform in [low, high]; the
// size of the image stays: with (i, j) counted from the middle
//     y(c, i, j) = x(c, i / f, j / f)
// bilinear between pixels, `fill` outside. PyTorch's RandomAffine with its `scale` alone. Factors below 1/2 leave pixels out.
// Errors: factors that are not above 0, not finite or in the wrong order, a fill that is not finite, samples that are not images.
class Scale final : public Augment {
 public:
  explicit Scale(const ScaleOptions& options = {});

  void check(const Shape& sample) const override;
  std::size_t scratch(const Shape& sample) const override { return as_size(sample.spatial()); }
  void apply(real* sample, const Shape& shape, Random random, real* scratch) const noexcept override;
  Description describe() const override;

 private:
  ScaleOptions options_;
};

}  // namespace cambium
