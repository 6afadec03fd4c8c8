// A system in a folder: what a process sees of itself, of its control groups and of where they are mounted.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/data/temp_folder.h"

namespace cambium_tests {

class MadeSystem {
 public:
  MadeSystem(const std::string& groups, const std::string& mounts) {
    with("proc/self/cgroup", groups).with("proc/self/mountinfo", mounts);
  }
  const std::string& root() const { return folder_.path(); }
  MadeSystem& with(const std::string& file, const std::string& text) {
    const std::filesystem::path path = folder_.file(file);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return *this;
  }

 private:
  TempFolder folder_;
};

// Mounts of both versions of control groups.
inline const std::string version_2 = "31 23 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
inline const std::string version_1 =
    "40 23 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "41 23 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n";

}  // namespace cambium_tests
