// Whether two names lead to one file.
#pragma once

#include <string>

namespace apps {

// Also by links, and also a file that is not there yet. An empty name is no file.
bool same_file(const std::string& a, const std::string& b);

}  // namespace apps
