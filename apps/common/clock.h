// How long something took.
#pragma once

#include <chrono>

namespace apps {

// Seconds on the system's monotonic clock, which all processes share.
inline double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace apps
