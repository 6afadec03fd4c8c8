// Trainings that do not know each other, side by side.
#pragma once

#include <functional>
#include <vector>

namespace landscape {

// Runs all of them, on so many threads (0: one per processor). When some throw, the first of these, in the order of the list, is
// thrown here once all have ended. Each uses one thread, so no bit of a result depends on how many there are.
void run_jobs(const std::vector<std::function<void()>>& jobs, int threads);

}  // namespace landscape
