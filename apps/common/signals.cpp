#include "apps/common/signals.h"

#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace apps {
namespace {

std::atomic<int> first{0};
std::atomic<long> first_ms{0};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<long>::is_always_lock_free);  // or a handler may not use them

long now_ms() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

extern "C" void on_signal(int number) {
  const int error = errno;
  int none = 0;
  if (first.compare_exchange_strong(none, number))
    first_ms = now_ms();
  else if (number != SIGXCPU && first_ms != 0 && now_ms() - first_ms > 50)
    _exit(128 + number);
  errno = error;
}

}  // namespace

void catch_signals() noexcept {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
    struct sigaction before = {}, action = {};
    sigaction(number, nullptr, &before);
    if (before.sa_handler == SIG_IGN) continue;
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigaction(number, &action, nullptr);
  }
}

bool stopped() noexcept { return first != 0; }

int exit_code() noexcept { return stopped() ? 128 + first : 0; }

}  // namespace apps
