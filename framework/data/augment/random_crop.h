// Pads pictures and cuts them back to their size, somewhere.
#pragma once

#include "cambium/framework/data/augment.h"

namespace cambium {

struct RandomCropOptions {
  int padding = 4;  // pixels on each side
  double fill = 0;  // what is in them

  template <class V>
  void fields(V&& visit) {
    visit("padding", padding), visit("fill", fill);
  }
};

// Puts `padding` pixels of `fill` around an image (channels, height, width), and cuts a piece of its old size out of that, all of
// the (2 padding + 1)^2 places being alike. That is PyTorch's RandomCrop(size, padding) where `size` is that of the image, and it
// is Shift({.pixels = padding}) by another name, to the bit. A sample keeps its shape: no piece can be smaller than the image.
// Errors: a padding that is negative or not smaller than the image, a fill that is not finite, samples that are not images.
class RandomCrop final : public Augment {
 public:
  explicit RandomCrop(const RandomCropOptions& options = {});

  void check(const Shape& sample) const override;
  std::size_t scratch(const Shape& sample) const override { return shift_.scratch(sample); }
  void apply(real* sample, const Shape& shape, Random random, real* scratch) const noexcept override;
  Description describe() const override;

 private:
  RandomCropOptions options_;
  Shift shift_;
};

}  // namespace cambium
