#include "cambium/framework/data/parts/resample.h"

#include <string>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/error.h"

namespace cambium {

void check_image(const char* kind, const Shape& sample) {
  if (!sample.is_image())
    throw Error(std::string(kind) + ": samples are " + sample.str() + " and must be images (channels, height, width)",
                "leaving it out of .augment");
}

void check_fill(const char* kind, double fill) {
  if (!std::isfinite(fill)) throw Error(std::string(kind) + ": .fill = " + text_of(fill) + " must be finite", ".fill = 0");
}

}  // namespace cambium
