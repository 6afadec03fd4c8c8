// What a model has learnt from, as far as its file says.
#pragma once

#include <cstdint>
#include <string>

#include "apps/common/data_place.h"

namespace evaluate {

// A warning where the set is called as the one of the training, and has as many samples: most of them were learnt, so that it says
// little of new ones. Else nothing.
std::string warning_of_learnt(const std::string& model, const apps::DataPlace& place, std::int64_t samples);

}  // namespace evaluate
