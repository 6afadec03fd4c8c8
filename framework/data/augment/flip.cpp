#include "cambium/framework/data/augment/flip.h"

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/parts/resample.h"

namespace cambium {

Flip::Flip(const FlipOptions& options) : options_(options) {
  if (!(options.probability >= 0 && options.probability <= 1))
    throw Error("flip: .probability = " + text_of(options.probability) + " must be between 0 and 1", ".probability = 0.5");
}

void Flip::check(const Shape& sample) const { check_image("flip", sample); }

void Flip::apply(real* sample, const Shape& shape, Random random, real* /*scratch*/) const noexcept {
  if (!(random.uniform(0) < options_.probability)) return;
  const int channels = shape[0], height = shape[1];
  const std::ptrdiff_t width = shape[2];
  if (options_.vertical)
    for (int c = 0; c < channels; ++c, sample += height * width)
      for (int i = 0; i < height / 2; ++i)
        std::swap_ranges(sample + i * width, sample + (i + 1) * width, sample + (height - 1 - i) * width);
  else
    for (int i = 0; i < channels * height; ++i, sample += width) std::reverse(sample, sample + width);
}

Description Flip::describe() const { return describe_options("flip", options_); }

}  // namespace cambium
