// A command as a shell takes it.
#pragma once

#include <string>
#include <vector>

namespace apps {

std::string shell_word(const std::string& word);  // in single quotes where a shell would see more in it than its letters

// The program and the words behind it.
std::string shell_line(const std::string& program, const std::vector<std::string>& words);

}  // namespace apps
