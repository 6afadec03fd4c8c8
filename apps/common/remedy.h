// What the library says to who writes C++, said to who types a command.
#pragma once

#include <string>
#include <vector>

namespace apps {

// ".batch = 10" becomes "--batch 10" where `options` has "--batch" (an underscore becomes a dash).
std::string with_options(const std::string& text, const std::vector<std::string>& options);

// The same of a remedy, whose alternatives stand between commas, each with the clause that belongs to it. What the command line
// says in another way, as Fit::crop or Dense(10), is said in that way; an alternative that only C++ can follow, a call or a member
// that is no option, is left out. May leave nothing.
std::string remedy_with_options(const std::string& remedy, const std::vector<std::string>& options);

}  // namespace apps
