// A plan in words.
#pragma once

#include <string>

#include "cambium/framework/planning/timetable.h"

namespace cambium {

// A line for every op, in order: what was fused, its output, FLOPs and bytes for the batch, the stage that it runs in, the
// algorithm of a convolution or a product, in the words of framework/kernels/README.md, and what is special about it. Where the
// passes of a plan with a backward pass run several algorithms: forward / backward_input / backward_params, - where there is none.
std::string summary_of(const Timetable& timetable, int batch, std::size_t arena_bytes);

}  // namespace cambium
