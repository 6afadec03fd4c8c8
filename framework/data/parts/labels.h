// All labels of a set, without its inputs where that can be had.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/data/dataset.h"

namespace cambium {

// Whether the first target is one label for each sample.
bool has_labels(const Dataset& set);

// The labels of the first target, row by row, for a set that has them. What `fetch_labels` does not tell is read, with all samples.
// Errors: those of the set, and a label that is none of the classes, by its row.
std::vector<int> labels_of(const Dataset& set);

}  // namespace cambium
