#include "cambium/framework/base/processors.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <thread>

namespace cambium {
namespace {

std::atomic<unsigned> forks_so_far{0};

// Taken when the library is loaded: later the first thread may have been bound by anyone.
struct Start {
  cpu_set_t processors;
  bool known = sched_getaffinity(0, sizeof processors, &processors) == 0;  // not with more than 1024 of them
  Start() {
    pthread_atfork(nullptr, nullptr, [] { forks_so_far.fetch_add(1, std::memory_order_relaxed); });
  }
};

const Start& start() {
  static const Start taken;
  return taken;
}
[[maybe_unused]] const Start& at_load = start();

template <class Function>
Function* function(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

// OpenMP remembers as its places what it found before it bound the first thread. Without binding it has no places.
void add_places_of_openmp(cpu_set_t& set) noexcept {
  const auto places = function<int()>("omp_get_num_places");
  const auto size = function<int(int)>("omp_get_place_num_procs");
  const auto members = function<void(int, int*)>("omp_get_place_proc_ids");
  if (!places || !size || !members) return;
  for (int place = 0, count = places(); place < count; ++place) {
    int ids[CPU_SETSIZE];
    const int n = size(place);
    if (n > CPU_SETSIZE) continue;
    members(place, ids);
    for (int i = 0; i < n; ++i)
      if (ids[i] >= 0 && ids[i] < CPU_SETSIZE) CPU_SET(static_cast<std::size_t>(ids[i]), &set);
  }
}

cpu_set_t processors_at_start() noexcept {
  cpu_set_t set = start().processors;
  add_places_of_openmp(set);
  return set;
}

constexpr double no_quota = std::numeric_limits<double>::infinity();

double quota_of(const std::string& folder) {
  std::string time;  // of each period, in microseconds; "max" or -1: as much as there is
  double period = 0;
  if (!(std::ifstream(folder + "/cpu.max") >> time >> period)) {
    std::ifstream(folder + "/cpu.cfs_quota_us") >> time;
    std::ifstream(folder + "/cpu.cfs_period_us") >> period;
  }
  const double granted = std::atof(time.c_str());
  return granted > 0 && period > 0 ? granted / period : no_quota;
}

// A group has no more than the groups that it lies in.
double least_quota(const std::string& mount, const std::string& path) {
  double least = quota_of(mount);
  for (std::size_t end = path.size(); end != path.npos && end > 0; end = path.rfind('/', end - 1))
    least = std::min(least, quota_of(mount + path.substr(0, end)));
  return least;
}

bool names_cpu(const std::string& list) { return (',' + list + ',').find(",cpu,") != list.npos; }

}  // namespace

double processor_quota(const std::string& root) {
  double least = no_quota;
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string group; std::getline(groups, group);) {  // "0::/path", or in version 1 "4:cpu,cpuacct:/path"
    const std::size_t first = group.find(':'), second = first == group.npos ? first : group.find(':', first + 1);
    if (second == group.npos || group[second + 1] != '/') continue;
    const std::string controllers = group.substr(first + 1, second - first - 1), path = group.substr(second + 1);
    if (!controllers.empty() && !names_cpu(controllers)) continue;
    std::ifstream mounts(root + "/proc/self/mountinfo");
    for (std::string line; std::getline(mounts, line);) {  // "36 35 0:28 FOLDER MOUNT rw shared:1 - cgroup2 cgroup2 rw,cpu"
      std::istringstream words(line);
      std::string word, folder, mount, type, source, options;
      words >> word >> word >> word >> folder >> mount;
      while (words >> word && word != "-") {
      }
      words >> type >> source >> options;
      if (controllers.empty() ? type != "cgroup2" : type != "cgroup" || !names_cpu(options)) continue;
      // A container may see its own group as the root, under a path that is counted from elsewhere.
      const bool inside = folder != "/" && (path + '/').starts_with(folder + '/');
      least = std::min(least, least_quota(root + mount, inside ? path.substr(folder.size()) : path));
    }
  }
  return least;
}

int available_processors() {
  int count = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  if (start().known) {
    const cpu_set_t set = processors_at_start();
    count = std::max(1, CPU_COUNT(&set));
  }
  return static_cast<int>(std::min<double>(count, std::ceil(processor_quota())));
}

void use_all_processors() noexcept {
  if (!start().known) return;
  const cpu_set_t set = processors_at_start();
  sched_setaffinity(0, sizeof set, &set);  // refused only when none of them is left; then the thread stays where it is
}

unsigned forks() noexcept { return forks_so_far.load(std::memory_order_relaxed); }

}  // namespace cambium
