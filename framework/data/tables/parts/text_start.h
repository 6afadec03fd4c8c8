// What the first bytes of a table show that is no text in UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace cambium {

// Errors: a zip file, as spreadsheets are; UTF-16. `name` begins them.
void check_start(const std::string& name, std::string_view start);

}  // namespace cambium
