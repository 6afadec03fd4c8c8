#include "cambium/framework/data/augment/noise.h"

#include <cmath>

#include "cambium/framework/base/error.h"

namespace cambium {

Noise::Noise(const NoiseOptions& options) : options_(options) {
  if (!(options.deviation >= 0 && std::isfinite(options.deviation)))
    throw Error("noise: .deviation = " + text_of(options.deviation) + " must be at least 0 and finite", ".deviation = 0.1");
}

void Noise::apply(real* sample, const Shape& shape, Random random, real* /*scratch*/) const noexcept {
  for (int i = 0; i < shape.size(); ++i)
    sample[i] =
        static_cast<real>(static_cast<double>(sample[i]) + options_.deviation * random.normal(static_cast<std::uint64_t>(i)));
}

Description Noise::describe() const { return describe_options("noise", options_); }

}  // namespace cambium
