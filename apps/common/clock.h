// How long something took.
#pragma once

#include <chrono>

namespace apps {

// Seconds, from any start, by a clock that nobody sets.
inline double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace apps
