// What an act is told, for tests of messages.
#pragma once

#include <string>

#include "cambium/framework/base/error.h"

namespace cambium {

// The text of the Error that it throws; "" when it throws none.
template <class Act>
std::string error_of(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace cambium
