// What is wrong with the data of a batch.
#pragma once

#include <string>

#include "cambium/framework/data/batch.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/training/loss.h"

namespace cambium {

// The first input or target of the batch that is not finite, or label that is no class of its set: "row 17 holds nan in input 0,
// position 3 of 4". Empty when all is as it should be. The row is that of the set.
std::string bad_row(const Batch& batch, const Dataset& data);
// The first sample of which this loss takes no such target: "row 17: softmax_cross_entropy: the targets of sample 0 ...". Empty
// when it takes them all.
std::string bad_targets(const Batch& batch, const Dataset& data, const Loss& loss, const Target& target);
// The same as the first for a whole set; its number of samples is read once more.
std::string bad_row(const Dataset& data);

}  // namespace cambium
