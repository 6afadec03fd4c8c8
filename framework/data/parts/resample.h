// What augmentations that move pixels have in common.
#pragma once

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/shape.h"

namespace cambium {

// Throw Error; `kind` is the augmentation.
void check_image(const char* kind, const Shape& sample);
void check_fill(const char* kind, double fill);

struct Spot {
  double down, right;  // in pixels, from the middle of the first
};

// The middle of a picture, which turns and scales leave where it is.
inline Spot middle_of(const Shape& image) { return {0.5 * (image[1] - 1), 0.5 * (image[2] - 1)}; }

// One channel of a picture, `fill` all around it.
struct Plane {
  const real* pixels;
  int height, width;
  double fill;

  double pixel(int i, int j) const noexcept {
    const bool inside = i >= 0 && i < height && j >= 0 && j < width;
    return inside ? static_cast<double>(pixels[static_cast<std::ptrdiff_t>(i) * width + j]) : fill;
  }
  // Between pixels, a mean of the four around the spot, which may be anywhere, and no number at all.
  double at(Spot spot) const noexcept {
    if (!(spot.down > -1 && spot.down < height && spot.right > -1 && spot.right < width)) return fill;
    const double top = std::floor(spot.down), left = std::floor(spot.right), down = spot.down - top, right = spot.right - left;
    const int i = static_cast<int>(top), j = static_cast<int>(left);
    const double above = pixel(i, j) + right * (pixel(i, j + 1) - pixel(i, j));
    const double below = pixel(i + 1, j) + right * (pixel(i + 1, j + 1) - pixel(i + 1, j));
    return above + down * (below - above);
  }
};

// Pixel (i, j) becomes what was at from(i, j), in all channels alike. `scratch` holds one channel. Sums and products alone, each
// rounded by itself, so the bits are the same on any machine.
template <class From>
void resample(real* sample, const Shape& image, double fill, real* scratch, const From& from) noexcept {
  const int height = image[1], width = image[2];
  const Plane plane{scratch, height, width, fill};
  for (int c = 0; c < image[0]; ++c, sample += image.spatial()) {
    std::copy_n(sample, image.spatial(), scratch);
    for (int i = 0; i < height; ++i)
      for (int j = 0; j < width; ++j) sample[static_cast<std::ptrdiff_t>(i) * width + j] = static_cast<real>(plane.at(from(i, j)));
  }
}

}  // namespace cambium
