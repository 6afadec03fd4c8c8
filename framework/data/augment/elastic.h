// Bends pictures as a hand bends its strokes.
#pragma once

#include <vector>

#include "cambium/framework/data/augment.h"

namespace cambium {

struct ElasticOptions {
  double alpha = 34;  // how far: the factor of the smoothed field
  double sigma = 4;   // how smooth: the deviation of the Gaussian, in pixels; above 0, at most 100
  double fill = 0;    // what comes in from outside

  template <class V>
  void fields(V&& visit) {
    visit("alpha", alpha), visit("sigma", sigma), visit("fill", fill);
  }
};

// The elastic distortion of Simard, Steinkraus and Platt (2003, "Best practices for convolutional neural networks applied to visual
// document analysis"), of an image (channels, height, width), all channels alike. Each pixel draws two numbers, uniform in [-1, 1].
// Both fields are smoothed by a Gaussian of `sigma`, cut off at 3 sigma and of sum 1, with zeros beyond the edge, and multiplied by
// `alpha`: that is how far down and to the right of the pixel its value is taken from,
//     y(c, i, j) = x(c, i + down(i, j), j + right(i, j))
// bilinear between pixels, `fill` outside. Far from the edge a displacement has a deviation of alpha / (sqrt(12 pi) sigma) pixels:
// the defaults, which are those of the paper for 28 x 28 digits, move pixels by 1.4; at an edge it is 0.7 of that.
// It costs 24 sigma multiplications and additions per pixel. Errors: alpha below 0 or not finite, sigma out of its range, a fill
// that is not finite, samples that are not images.
class Elastic final : public Augment {
 public:
  explicit Elastic(const ElasticOptions& options = {});

  void check(const Shape& sample) const override;
  std::size_t scratch(const Shape& sample) const override { return 3 * as_size(sample.spatial()); }
  void apply(real* sample, const Shape& shape, Random random, real* scratch) const noexcept override;
  Description describe() const override;

 private:
  void draw_field(Random random, const Shape& shape, real* field, real* smoothed) const noexcept;

  ElasticOptions options_;
  std::vector<real> gaussian_;  // from its middle outwards
};

}  // namespace cambium
