// How this room refuses an option.
#pragma once

#include <string>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/error.h"

namespace cambium {

// Unless `good`, throws "sgd: .momentum = 1.2 must be at least 0 and below 1; try .momentum = 0.9".
inline void check_option(const std::string& owner, const std::string& option, double value, bool good, const std::string& need,
                         const std::string& remedy) {
  if (!good) throw Error(owner + ": ." + option + " = " + text_of(value) + " must be " + need, "." + option + " = " + remedy);
}

}  // namespace cambium
