// The control groups that a process belongs to: where containers and services are given their share of the machine.
#pragma once

#include <functional>
#include <string>

namespace cambium {

// Calls `look` with the folder of each group of this process that has this controller ("cpu", "memory"), and of the groups that it
// lies in: none grants more than those. Reads proc and sys below `root`, for version 1 and 2.
void for_each_control_group(const char* controller, const std::function<void(const std::string& folder)>& look,
                            const std::string& root = "");

}  // namespace cambium
