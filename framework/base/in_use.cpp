#include "cambium/framework/base/in_use.h"

#include <string>

#include "cambium/framework/base/error.h"

namespace cambium {

std::uint64_t this_thread() noexcept {
  static std::atomic<std::uint64_t> last{0};
  thread_local const std::uint64_t number = ++last;
  return number;
}

void InUse::refuse(const char* what, const char* remedy) const {
  if (home_.load(std::memory_order_relaxed) != forks())
    throw Error(std::string(what) + ": in use by another thread when this process was forked, and left unfinished",
                "making a new one here");
  throw Error(std::string(what) + ": in use by another thread", remedy);
}

}  // namespace cambium
