// Mirrors pictures.
#pragma once

#include "cambium/framework/data/augment.h"

namespace cambium {

struct FlipOptions {
  bool vertical = false;     // top and bottom change places, else left and right
  double probability = 0.5;  // in [0, 1]

  template <class V>
  void fields(V&& visit) {
    visit("vertical", vertical), visit("probability", probability);
  }
};

// Mirrors an image (channels, height, width) with this probability, all channels alike: y(c, i, j) = x(c, i, width - 1 - j), or
// with `vertical` x(c, height - 1 - i, j). PyTorch's RandomHorizontalFlip and RandomVerticalFlip. What can be read must not be
// mirrored. Errors: a probability that is none, samples that are not images.
class Flip final : public Augment {
 public:
  explicit Flip(const FlipOptions& options = {});

  void check(const Shape& sample) const override;
  void apply(real* sample, const Shape& shape, Random random, real* scratch) const noexcept override;
  Description describe() const override;

 private:
  FlipOptions options_;
};

}  // namespace cambium
