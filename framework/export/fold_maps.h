// A map of channels as part of the linear operation before it.
#pragma once

#include "cambium/framework/export/inference.h"

namespace cambium {

// Where a Gemm or a Conv is read by a Map of its outputs and by nothing else, the two become one:
//   y = (W x + b + before) scale + after = W' x + b',   W' = diag(scale) W,   b' = after + scale (b + before)
// worked out in double and rounded once, as a Predictor has it (planning/fold.h). Those whose numbers are then not finite stay two.
void fold_maps(inference::Program& program);

}  // namespace cambium
