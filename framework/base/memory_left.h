// How much more memory the system can give this process.
#pragma once

#include <cstdint>
#include <string>

namespace cambium {

struct MemoryLeft {
  std::uint64_t bytes = 0;  // the least that a limit leaves
  std::string by;           // which one: "its address space (ulimit -v)", "its control group", "this machine"
};

// The limits are those of the process (address space, data), of its control groups (docker --memory), and of the machine: all its
// memory and swap, whoever has it now. What is left is without what the process has already. Reads proc and sys below `root`.
MemoryLeft memory_left(const std::string& root = "");

}  // namespace cambium
