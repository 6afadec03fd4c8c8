// A dataset that is read once, into memory.
#pragma once

#include "cambium/framework/data/memory_dataset.h"

namespace cambium {

// All samples of a set, with their weights and the names of classes, as real numbers in memory: for one whose samples are slow to
// read or to make, and few enough. Rows keep their numbers, and lose what else they are called.
// Errors: more than memory holds; those of the set; a value that is not finite, with its row.
MemoryDataset cached(const Dataset& set);

}  // namespace cambium
