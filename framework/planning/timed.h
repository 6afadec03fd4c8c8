// The time of a call, for a profile.
#pragma once

#include <chrono>

#include "cambium/framework/planning/profile.h"

namespace cambium {

// Does the work, and takes down its time where there is a profile.
template <class Work>
void timed(Profile* profile, std::string_view name, const char* phase, int thread, Work&& work) noexcept {
  if (!profile) return work();
  const auto now = [] { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); };
  const double start = now();
  work();
  profile->add({name, phase, start, now() - start, thread});
}

}  // namespace cambium
