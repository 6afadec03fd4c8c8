// How this room refuses an option.
#pragma once

#include <string>

namespace cambium {

// Unless `good`, throws "sgd: .momentum = 1.2 must be at least 0 and below 1; try .momentum = 0.9".
void check_option(const std::string& owner, const std::string& option, double value, bool good, const std::string& need,
                  const std::string& remedy);

}  // namespace cambium
