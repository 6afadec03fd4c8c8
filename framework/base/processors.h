// What threads ask of the system before they start: how many may run, where, and whether this is still the same process.
#pragma once

#include <string>

namespace cambium {

// How many threads can run at a time: the processors that the process was started with (taskset, a cpuset), and no more than the
// quota of its control groups grants, rounded up (docker --cpus=1.5: 2). At least 1.
int available_processors();

// Lets the calling thread run on every processor that the process was started with. A new thread inherits the mask of the one that
// starts it, and that may be bound to a single processor: by its owner, or by OpenMP (OMP_PROC_BIND), which binds the first thread
// before any other code runs. To keep a whole program to some processors, start it under taskset or in a cpuset.
void use_all_processors() noexcept;

// How many times fork() was called on the way from the process that loaded the library to this one. The threads of an object that
// was made at another count do not exist here.
unsigned forks() noexcept;

// The least quota of the control groups of this process, in processors; infinite where there is none. Reads proc and sys below
// `root`, for version 1 and 2.
double processor_quota(const std::string& root = "");

}  // namespace cambium
