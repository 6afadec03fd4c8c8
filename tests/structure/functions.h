// Where the functions of a C++ source begin and end.
#pragma once

#include <string>
#include <vector>

namespace cambium_tests {

struct FunctionLines {
  std::string name;  // "fit", without its class; of a lambda that is in no other function, the variable's
  int first, last;   // lines of its signature, template<> and all, and of its closing brace
  int count() const { return last - first + 1; }
};

// All functions with a body that are in no other one, in order. Comments, strings and what stands behind a # are passed over;
// braces of namespaces, classes, enumerations and initializers are no functions. Throws std::runtime_error where braces do not
// match.
std::vector<FunctionLines> functions_of(const std::string& source);

}  // namespace cambium_tests
