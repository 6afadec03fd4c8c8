#include "cambium/framework/data/augment/rotate.h"

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/portable_math.h"
#include "cambium/framework/data/parts/resample.h"

namespace cambium {

Rotate::Rotate(const RotateOptions& options) : options_(options) {
  if (!(options.degrees >= 0 && options.degrees <= 180))
    throw Error("rotate: .degrees = " + text_of(options.degrees) + " must be between 0 and 180", ".degrees = 10");
  check_fill("rotate", options.fill);
}

void Rotate::check(const Shape& sample) const { check_image("rotate", sample); }

void Rotate::apply(real* sample, const Shape& shape, Random random, real* scratch) const noexcept {
  const double turns = random.uniform(0, -options_.degrees, options_.degrees) / 360;
  const double c = portable_math::cos_turns(turns), s = portable_math::sin_turns(turns);
  const Spot middle = middle_of(shape);
  resample(sample, shape, options_.fill, scratch, [=](int i, int j) {
    const double down = i - middle.down, right = j - middle.right;
    return Spot{middle.down + (c * down - s * right), middle.right + (s * down + c * right)};
  });
}

Description Rotate::describe() const { return describe_options("rotate", options_); }

}  // namespace cambium
