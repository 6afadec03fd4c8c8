#include "cambium/framework/data/augment/random_crop.h"

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/parts/resample.h"

namespace cambium {
namespace {

const RandomCropOptions& checked(const RandomCropOptions& options) {
  if (options.padding < 0)
    throw Error("random_crop: .padding = " + text_of(options.padding) + " must be at least 0", ".padding = 4");
  check_fill("random_crop", options.fill);
  return options;
}

}  // namespace

RandomCrop::RandomCrop(const RandomCropOptions& options)
    : options_(checked(options)), shift_({.pixels = options.padding, .fill = options.fill}) {}

void RandomCrop::check(const Shape& sample) const {
  check_image("random_crop", sample);
  const int smaller = std::min(sample[1], sample[2]);
  if (options_.padding >= smaller)
    throw Error(
        "random_crop: a padding of " + text_of(options_.padding) + " pixels can leave nothing of an image of " + sample.str(),
        ".padding = " + text_of(smaller - 1) + " or less");
}

void RandomCrop::apply(real* sample, const Shape& shape, Random random, real* scratch) const noexcept {
  shift_.apply(sample, shape, random, scratch);
}

Description RandomCrop::describe() const { return describe_options("random_crop", options_); }

}  // namespace cambium
