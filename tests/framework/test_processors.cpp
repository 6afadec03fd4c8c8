// How many threads, and where: control groups made up in a folder, and the masks of real threads.

#include <doctest/doctest.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/processors.h"
#include "cambium/framework/base/thread_pool.h"
#include "cambium/framework/data/memory_dataset.h"
#include "cambium/framework/data/stream.h"
#include "tests/support/in_child.h"
#include "tests/support/made_system.h"

using namespace cambium;

namespace {

using cambium_tests::MadeSystem;
using cambium_tests::version_1;
using cambium_tests::version_2;

double quota_in(const MadeSystem& system) { return processor_quota(system.root()); }

int processors_of_this_thread() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : -1;
}

// Binds the calling thread to the first of its processors for as long as it lives.
struct Bound {
  cpu_set_t before;
  Bound() {
    sched_getaffinity(0, sizeof before, &before);
    cpu_set_t one;
    CPU_ZERO(&one);
    std::size_t first = 0;
    while (!CPU_ISSET(first, &before)) ++first;
    CPU_SET(first, &one);
    sched_setaffinity(0, sizeof one, &one);
  }
  ~Bound() { sched_setaffinity(0, sizeof before, &before); }
};

// Notes on how many processors the thread that fetches may run.
class WhereFetched : public Dataset {
 public:
  std::int64_t size() const override { return 4; }
  std::vector<Shape> input_shapes() const override { return {Shape{70000}}; }
  std::vector<TargetKind> target_kinds() const override { return {}; }
  void fetch(std::span<const std::int64_t>, std::span<const View>, std::span<const std::span<int>>,
             std::span<const View>) const noexcept override {
    processors = processors_of_this_thread();
  }
  std::string describe() const override { return "where"; }
  mutable std::atomic<int> processors{0};
};

}  // namespace

TEST_CASE("processors: the quota of a control group, of version 2") {
  MadeSystem system("0::/system.slice/job\n", version_2);
  CHECK(std::isinf(quota_in(system)));
  CHECK(quota_in(system.with("sys/fs/cgroup/system.slice/job/cpu.max", "max 100000\n")) > 1e6);
  CHECK(quota_in(system.with("sys/fs/cgroup/system.slice/job/cpu.max", "250000 100000\n")) == 2.5);
  CHECK(quota_in(system.with("sys/fs/cgroup/system.slice/cpu.max", "100000 200000\n")) == 0.5);  // the group around it has less
  CHECK(quota_in(system.with("sys/fs/cgroup/cpu.max", "20000 100000\n")) == 0.2);
  CHECK(quota_in(system.with("sys/fs/cgroup/cpu.max", "nonsense")) == 0.5);
}

TEST_CASE("processors: the quota of a control group, of version 1, beside one of version 2 that says nothing") {
  MadeSystem system("5:memory:/job\n4:cpu,cpuacct:/job\n0::/\n",
                    version_1 + "42 23 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  CHECK(std::isinf(quota_in(system)));
  system.with("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "50000\n");
  CHECK(std::isinf(quota_in(system.with("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "-1\n"))));
  CHECK(quota_in(system.with("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "150000\n")) == 3);
}

TEST_CASE("processors: a container sees its own group as the root, under its own path or one that is counted from outside") {
  const std::string inside = "31 23 0:27 /docker/4f /sys/fs/cgroup ro shared:9 - cgroup2 cgroup2 rw\n";
  for (const char* path : {"/", "/docker/4f", "/../elsewhere"})
    CHECK(quota_in(MadeSystem("0::" + std::string(path) + '\n', inside).with("sys/fs/cgroup/cpu.max", "200000 100000\n")) == 2);
  CHECK(quota_in(MadeSystem("0::/docker/4f/own\n", inside).with("sys/fs/cgroup/own/cpu.max", "300000 100000\n")) == 3);
  CHECK(std::isinf(quota_in(MadeSystem("what\n:::\n0:\n", "this is\nnot - a\n"))));
  CHECK(available_processors() >= 1);
}

TEST_CASE("processors: a group whose name begins like the mounted folder is not inside it, and paths may be odd") {
  const std::string mount = "31 23 0:27 /user /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw\n";
  MadeSystem outside("0::/user.slice/a.scope\n", mount);
  CHECK(quota_in(outside.with("sys/fs/cgroup/user.slice/cpu.max", "300000 100000\n")) == 3);
  MadeSystem inside("0::/user/a\n", mount);
  CHECK(quota_in(inside.with("sys/fs/cgroup/a/cpu.max", "200000 100000\n")) == 2);
  MadeSystem itself("0::/user\n", mount);
  CHECK(quota_in(itself.with("sys/fs/cgroup/cpu.max", "150000 100000\n")) == 1.5);
  MadeSystem odd("0::/\n0::/..\n0:://a//\n", version_2);
  CHECK(quota_in(odd) == std::numeric_limits<double>::infinity());
}

TEST_CASE("processors: threads run wherever the process may, also when the one that starts them is bound to one processor") {
  const int all = processors_of_this_thread(), available = available_processors();
  if (all < 2) {
    MESSAGE("one processor only: nothing to see");
    return;
  }
  const Bound bound;
  CHECK(processors_of_this_thread() == 1);
  CHECK(available_processors() == available);
  ThreadPool pool(2);
  std::atomic<int> started{0}, seen[2] = {0, 0};
  for (int round = 0; round < 1000 && seen[1] == 0; ++round, started = 0)
    pool.run(2, [&](int, int thread) {
      seen[thread] = processors_of_this_thread();
      ++started;
      for (int i = 0; i < 1000 && started < 2; ++i) std::this_thread::sleep_for(std::chrono::microseconds(10));
    });
  CHECK(seen[0] == 1);  // the caller is as it was
  CHECK(seen[1] == all);
  const WhereFetched set;
  Stream stream(set, {.batch = 2});
  stream.next();
  CHECK(set.processors == all);
}

TEST_CASE("processors: without a second thread there is one thread, and a stream whose caller gathers") {
  if (cambium_tests::thread_sanitizer) return;  // it does not let a child start threads
  const MemoryDataset set(Shape{1}, std::vector<real>{1, 2, 3, 4, 5}, {0, 1, 0, 1, 0}, 2);
  CHECK(cambium_tests::holds_in_child([&] {
    if (!cambium_tests::forbid_threads()) return true;
    bool refused = false;
    try {
      ThreadPool(3);
    } catch (const Error& error) {
      refused = error.problem().find("threads 3: the system lets only 1 run") == 0 && error.remedy() == ".threads = 1";
    }
    Stream stream(set, {.batch = 2, .shuffle = false});
    real sum = 0;
    for (const auto& [x, target] : stream) sum += x.data[0];
    return refused && ThreadPool().count() == 1 && sum == 1 + 3 + 5;
  }));
}
