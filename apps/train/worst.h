// The mistakes that a trained model makes, by name.
#pragma once

#include <string>

#include "apps/train/scaled_target.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/training/trainer.h"

namespace train {

// One line for each of the `most` worst, the worst first: what the sample is called, what it is, what it was taken for and how sure
// the model was; of values, the two values, in their own units.
std::string worst_mistakes(cambium::Trainer& trainer, const cambium::Dataset& test, int most, const Scale& scale);

}  // namespace train
