// Adds noise to samples.
#pragma once

#include "cambium/framework/data/augment.h"

namespace cambium {

struct NoiseOptions {
  double deviation = 0.1;  // in units of the values, which for pictures go from 0 to 1

  template <class V>
  void fields(V&& visit) {
    visit("deviation", deviation);
  }
};

// Adds to each value a number of its own: y = x + deviation n, n normal with mean 0 and deviation 1. Samples of any shape, rows of
// a table too. Values may leave the range that they had: nothing is cut off, since that would make black greyer on the mean.
// Errors: a deviation that is below 0 or not finite.
class Noise final : public Augment {
 public:
  explicit Noise(const NoiseOptions& options = {});

  void check(const Shape& /*sample*/) const override {}
  void apply(real* sample, const Shape& shape, Random random, real* scratch) const noexcept override;
  Description describe() const override;

 private:
  NoiseOptions options_;
};

}  // namespace cambium
