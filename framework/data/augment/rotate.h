// Turns pictures a little.
#pragma once

#include "cambium/framework/data/augment.h"

namespace cambium {

struct RotateOptions {
  double degrees = 10;  // the furthest, either way; at most 180
  double fill = 0;      // what comes in from outside

  template <class V>
  void fields(V&& visit) {
    visit("degrees", degrees), visit("fill", fill);
  }
};

// Turns an image (channels, height, width) about its middle, all channels alike, by an angle a that is uniform in
// [-degrees, degrees]: with (i, j) counted from the middle, downwards and to the right,
//     y(c, i, j) = x(c, i cos a - j sin a, i sin a + j cos a)
// bilinear between pixels, `fill` outside. Corners that leave the picture are lost. PyTorch's RandomRotation with bilinear
// interpolation. A 6 that is turned by much is a 9: digits and letters bear 15 degrees.
// Errors: degrees below 0 or above 180, a fill that is not finite, samples that are not images.
class Rotate final : public Augment {
 public:
  explicit Rotate(const RotateOptions& options = {});

  void check(const Shape& sample) const override;
  std::size_t scratch(const Shape& sample) const override { return as_size(sample.spatial()); }
  void apply(real* sample, const Shape& shape, Random random, real* scratch) const noexcept override;
  Description describe() const override;

 private:
  RotateOptions options_;
};

}  // namespace cambium
