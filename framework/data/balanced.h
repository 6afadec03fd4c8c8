// Every class as often as the others.
#pragma once

#include "cambium/framework/data/dataset.h"
#include "cambium/framework/data/sampling.h"

namespace cambium {

// Draws each class of the first target as often as the others: a sample's weight is 1 / (samples of its class). Reads all of the
// set once where it does not know its labels alone. Errors: a first target that is no label; those of the set.
//
//     trainer.fit(train, {.sampling = balanced(train)});
Sampling balanced(const Dataset& set);

}  // namespace cambium
