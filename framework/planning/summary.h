// A plan in words.
#pragma once

#include <string>

#include "cambium/framework/planning/timetable.h"

namespace cambium {

// A line for every op, in order: what was fused, its output, FLOPs and bytes for the batch, the stage that it runs in, and what is
// special about it.
std::string summary_of(const Timetable& timetable, int batch, std::size_t arena_bytes);

}  // namespace cambium
