// What holds in the child of a fork, where no other thread of the process exists.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

namespace cambium_tests {

#if defined(__SANITIZE_THREAD__)
constexpr bool thread_sanitizer = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool thread_sanitizer = true;
#else
constexpr bool thread_sanitizer = false;
#endif
#else
constexpr bool thread_sanitizer = false;
#endif

// True when `check` returns true in a child of this process, within half a minute. A child that crashes or hangs is no.
template <class Check>
bool holds_in_child(Check&& check) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(30);
    bool good = false;
    try {
      good = check();
    } catch (...) {
    }
    _exit(good ? 0 : 1);
  }
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// In such a child, for good: no thread can be started any more. False where the system does not allow that.
bool forbid_threads();

}  // namespace cambium_tests
