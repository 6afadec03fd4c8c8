// What lies in a folder.
#pragma once

#include <string>
#include <system_error>
#include <vector>

namespace cambium {

// The names in it, in no order, without "." and ".."; none, and `error` set, where it cannot be read. (std::filesystem's iterator
// ends the process where memory runs out on the way.)
std::vector<std::string> names_in_folder(const std::string& folder, std::error_code& error);

}  // namespace cambium
