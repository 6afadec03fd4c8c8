#include "cambium/framework/data/augment/scale.h"

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/parts/resample.h"

namespace cambium {

Scale::Scale(const ScaleOptions& options) : options_(options) {
  if (!(options.low > 0 && options.low <= options.high && std::isfinite(options.high)))
    throw Error("scale: factors from .low = " + text_of(options.low) + " to .high = " + text_of(options.high) +
                    " must be above 0, finite and in this order",
                ".low = 0.9, .high = 1.1");
  check_fill("scale", options.fill);
}

void Scale::check(const Shape& sample) const { check_image("scale", sample); }

void Scale::apply(real* sample, const Shape& shape, Random random, real* scratch) const noexcept {
  const double factor = random.uniform(0, options_.low, options_.high);
  const Spot middle = middle_of(shape);
  resample(sample, shape, options_.fill, scratch, [=](int i, int j) {
    return Spot{middle.down + (i - middle.down) / factor, middle.right + (j - middle.right) / factor};
  });
}

Description Scale::describe() const { return describe_options("scale", options_); }

}  // namespace cambium
