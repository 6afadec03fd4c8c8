// Random changes of training samples, by name.
#pragma once

#include <string>

#include "cambium/framework/data/augment.h"

namespace apps {

// "flip, crop=4, rotate=15": names with commas between, each with how much, or without; a number alone is a shift by so many
// pixels, and 0 none. Errors: an unknown name, with the closest; how much that is no number, or that the augmentation refuses.
cambium::Augments augments_of(const std::string& option, const std::string& text);

// The names, each with what it stands for: "shift=2, flip, crop=4, ...".
std::string augment_help();

}  // namespace apps
