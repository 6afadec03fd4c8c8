// What the plans on one set of weights know of each other: planning/moving_state.h.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace cambium {

class MovingState;

struct StateLine {
  std::uint64_t forwards = 0;                         // passes so far
  std::vector<std::uint64_t> holds{};                 // by state tensor: the latest pass that the state contains
  std::vector<std::shared_ptr<MovingState>> plans{};  // those that are gone leave with the next pass
};

}  // namespace cambium
