// What a check found, sentence by sentence.
#pragma once

#include <string>
#include <vector>

namespace cambium::testing {

// Throws an Error that lists the first twenty of them; nothing when there are none.
void throw_faults(const std::string& check, const std::vector<std::string>& faults);

}  // namespace cambium::testing
