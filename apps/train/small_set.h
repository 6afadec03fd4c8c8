// What suits a set, where the user leaves it open.
#pragma once

#include <cstdint>

#include "apps/train/options.h"

namespace train {

// The recipes are made for thousands of samples: a hundred pictures in batches of 64 for 3 epochs are 6 steps, and teach nothing.
// Where an epoch has few steps, a batch that was not said is halved, down to 16, and epochs that were not said become more, up to
// 50, until there are 300 steps:
//
//   steps = epochs * ceil(samples / batch) >= 300
//
// A recipe that has them keeps both. A batch that was not said is never one by which a sample is left over: it has no spread, and
// batch norm could not be trained on it. All follows from the number of samples alone, so that a run goes on with the same.
void suit_set(const Given& given, std::int64_t samples, Options& options);

// This batch, or the next larger one by which no sample is left over alone.
int batch_without_rest(std::int64_t samples, int batch);

}  // namespace train
