// Covers a square of a picture.
#pragma once

#include "cambium/framework/data/augment.h"

namespace cambium {

struct CutoutOptions {
  int size = 8;     // of its sides, in pixels
  double fill = 0;  // what it is covered with

  template <class V>
  void fields(V&& visit) {
    visit("size", size), visit("fill", fill);
  }
};

// Covers a square of an image (channels, height, width), all channels alike (DeVries, Taylor 2017, "Improved regularization of
// convolutional neural networks with cutout"). Its middle, pixel size / 2 of it, may be any pixel of the image, each as likely as
// the others: so at the edges part of the square lies outside, and less is covered.
// Errors: a size that is negative or not smaller than the image, a fill that is not finite, samples that are not images.
class Cutout final : public Augment {
 public:
  explicit Cutout(const CutoutOptions& options = {});

  void check(const Shape& sample) const override;
  void apply(real* sample, const Shape& shape, Random random, real* scratch) const noexcept override;
  Description describe() const override;

 private:
  CutoutOptions options_;
};

}  // namespace cambium
