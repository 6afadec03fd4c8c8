// A command as a shell takes it.
#pragma once

#include <string>
#include <vector>

namespace apps {

// The program and the words behind it, in single quotes where a shell would see more in one than its letters.
std::string shell_line(const std::string& program, const std::vector<std::string>& words);

}  // namespace apps
