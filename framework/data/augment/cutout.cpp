#include "cambium/framework/data/augment/cutout.h"

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/parts/resample.h"

namespace cambium {

Cutout::Cutout(const CutoutOptions& options) : options_(options) {
  if (options.size < 0) throw Error("cutout: .size = " + text_of(options.size) + " must be at least 0", ".size = 8");
  check_fill("cutout", options.fill);
}

void Cutout::check(const Shape& sample) const {
  check_image("cutout", sample);
  const int smaller = std::min(sample[1], sample[2]);
  if (options_.size >= smaller)
    throw Error("cutout: a square of " + text_of(options_.size) + " pixels can cover all of an image of " + sample.str(),
                ".size = " + text_of(smaller / 2));
}

void Cutout::apply(real* sample, const Shape& shape, Random random, real* /*scratch*/) const noexcept {
  const int height = shape[1], width = shape[2], size = options_.size;
  const int top = static_cast<int>(random.below(0, static_cast<std::uint64_t>(height))) - size / 2;
  const int left = static_cast<int>(random.below(1, static_cast<std::uint64_t>(width))) - size / 2;
  const int from = std::max(left, 0), to = std::min(left + size, width);
  for (int c = 0; c < shape[0]; ++c, sample += shape.spatial())
    for (std::ptrdiff_t i = std::max(top, 0); i < std::min(top + size, height); ++i)
      std::fill(sample + i * width + from, sample + i * width + to, static_cast<real>(options_.fill));
}

Description Cutout::describe() const { return describe_options("cutout", options_); }

}  // namespace cambium
