// What the tests of files that are written whole have in common.
#pragma once

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/atomic_file.h"

namespace cambium {

inline void save(const std::string& path, const std::string& contents) {
  AtomicFile file(path, contents.size());
  file.write(contents.data(), contents.size() / 2);
  file.write(contents.data() + contents.size() / 2, contents.size() - contents.size() / 2);
  file.commit();
}

// What went wrong, "" when nothing did.
inline std::string saving(const std::string& path, const std::string& contents) {
  try {
    save(path, contents);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

inline int files_in(const std::string& folder) {
  int count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

inline unsigned mode_of(const std::string& path) {
  struct stat found = {};
  REQUIRE(stat(path.c_str(), &found) == 0);
  return found.st_mode & 07777;
}

inline const std::string old_text(3000, 'o'), new_text(5000, 'n');

// Runs it in a process of its own; whether it was killed.
template <class Act>
bool killed_in(Act act) {
  const pid_t child = fork();
  if (child == 0) {
    act();
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

}  // namespace cambium
