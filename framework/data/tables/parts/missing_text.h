// Cells that stand for a value that nobody knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cambium {

// The cell is one of these texts, or the same number as one of them: 1000000000 as well as 1e9.
bool stands_for_missing(std::string_view cell, const std::vector<std::string>& texts);

}  // namespace cambium
