// The main of every program here.
#pragma once

#include <string>
#include <vector>

namespace apps {

// Runs `program` on the words behind its name and returns the exit code: what the program says; 2 after an exception, or 1 once it
// has called `begin`; and 1 instead of 0 when some output was lost. An exception is told in one line on standard error.
//
// Before that it sees to what surprises a program: descriptors 0 to 2 are held open, so that no file of ours is ever taken for
// standard output, and what is written to one that was closed fails as it should; a reader that goes away (SIGPIPE) and a file
// that reaches its limit (SIGXFSZ) are errors of one write, not the end of the process.
int run(const char* name, int argc, char** argv, int (*program)(const std::vector<std::string>& words)) noexcept;

// What the user said will do. What breaks from here on is not his mistake.
void begin() noexcept;
bool begun() noexcept;

}  // namespace apps
