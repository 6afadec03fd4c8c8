// What a check found, sentence by sentence.
#pragma once

#include <string>
#include <vector>

namespace cambium::testing {

// Throws an Error that lists the first of them, as many as a message holds, and says how many there are;
// nothing when there are none.
void throw_faults(const std::string& check, const std::vector<std::string>& faults);

}  // namespace cambium::testing
