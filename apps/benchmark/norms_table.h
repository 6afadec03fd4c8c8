// What a norm costs: the same model trained with one norm and another, all in the same run.
#pragma once

#include "apps/benchmark/options.h"

namespace benchmark {

// Every norm in turn, round after round. Ratios are taken within each round, so that they all saw the same machine; their median
// is shown. Of `all`, a norm that cannot be trained in such batches is left out, with the reason; asked for by name it is an Error.
void compare_norms(const Options& options);

}  // namespace benchmark
