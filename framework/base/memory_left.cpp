#include "cambium/framework/base/memory_left.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>

#include "cambium/framework/base/control_groups.h"

namespace cambium {
namespace {

using Bytes = std::uint64_t;
constexpr Bytes endless = std::numeric_limits<Bytes>::max();

Bytes less(Bytes limit, Bytes taken) { return limit == endless ? endless : limit - std::min(limit, taken); }

// A file that holds one number. `fallback`: there is none, or it says "max".
Bytes number_in(const std::string& path, Bytes fallback) {
  Bytes number = 0;
  return std::ifstream(path) >> number ? number : fallback;
}

// "name 123" or "name: 123 kB" in a file of such lines; 0 where it is not.
Bytes entry_in(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  Bytes number = 0;
  for (std::string word; file >> word;)
    if (word == name && file >> number) return number;
  return 0;
}

Bytes limit_of(decltype(RLIMIT_AS) resource) {
  rlimit limit{};
  return getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ? endless : Bytes{limit.rlim_cur};
}

// What a group grants, less what its processes have; pages of files that it would give back do not count.
Bytes left_in_group(const std::string& folder) {
  const Bytes two = number_in(folder + "/memory.max", endless);
  if (two != endless)
    return less(two, less(number_in(folder + "/memory.current", 0), entry_in(folder + "/memory.stat", "inactive_file")));
  constexpr Bytes no_limit = Bytes{1} << 60;  // version 1 writes a number near 2^63
  const Bytes one = number_in(folder + "/memory.limit_in_bytes", endless);
  return one >= no_limit ? endless
                         : less(one, less(number_in(folder + "/memory.usage_in_bytes", 0),
                                          entry_in(folder + "/memory.stat", "total_inactive_file")));
}

}  // namespace

MemoryLeft memory_left(const std::string& root) {
  const auto page = static_cast<Bytes>(sysconf(_SC_PAGESIZE));
  Bytes size = 0, resident = 0, shared = 0, text = 0, library = 0, data = 0;  // in pages
  std::ifstream(root + "/proc/self/statm") >> size >> resident >> shared >> text >> library >> data;
  MemoryLeft left{endless, "nothing"};
  const auto least = [&](Bytes bytes, const char* by) {
    if (bytes < left.bytes) left = {bytes, by};
  };
  least(less(limit_of(RLIMIT_AS), size * page), "its address space (ulimit -v)");
  least(less(limit_of(RLIMIT_DATA), data * page), "its data (ulimit -d)");
  for_each_control_group(
      "memory", [&](const std::string& folder) { least(left_in_group(folder), "its control group"); }, root);
  const std::string machine = root + "/proc/meminfo";
  if (const Bytes all = entry_in(machine, "MemTotal:") + entry_in(machine, "SwapTotal:"); all > 0)
    least(less(all * 1024, resident * page), "this machine");
  return left;
}

}  // namespace cambium
