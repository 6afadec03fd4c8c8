// Statistics of a node whose network learns meanwhile.
#pragma once

#include "apps/gallery/picture.h"

namespace gallery {

Shown staleness(const Setting& setting);

}  // namespace gallery
