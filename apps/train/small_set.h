// What suits a set of few samples, where the user leaves it open.
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
// A recipe that has them stays as it is. Both follow from the number of samples alone, so that a run goes on with the same.
void suit_small_set(const Given& given, std::int64_t samples, Options& options);

}  // namespace train
