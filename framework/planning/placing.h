// Where everything that a plan writes lies in memory, and for how long.
#pragma once

#include "cambium/framework/planning/timetable.h"

namespace cambium {

// Gives every value, gradient and room of the timetable a buffer, and every buffer its offset. The passes, tensors and stages are
// there. Adds the calls that compute a value again on the way back instead of keeping it.
void place(Timetable& timetable, const Weights& weights, const PlanOptions& options);

}  // namespace cambium
