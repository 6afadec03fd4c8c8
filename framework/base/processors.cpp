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
#include <thread>

#include "cambium/framework/base/control_groups.h"

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

}  // namespace

double processor_quota(const std::string& root) {
  double least = no_quota;
  for_each_control_group(
      "cpu", [&](const std::string& folder) { least = std::min(least, quota_of(folder)); }, root);
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
