// Good files that are changed a little, in ways that have found faults elsewhere.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/base/random.h"

namespace cambium_tests {

// The same for the same random numbers: one of the good files with one to four changes. Bits turned around, bytes and whole numbers
// set to an extreme, in bytes or in digits, and parts taken out, doubled, cut off, or taken from another of the files.
std::string mutant(const std::vector<std::string>& good, const cambium::Random& random);

}  // namespace cambium_tests
