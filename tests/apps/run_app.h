// Starts a program of apps/ and says how it ended.
#pragma once

#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/data/temp_folder.h"

namespace cambium_tests {

struct Ending {
  int code = -1;
  std::string out, err;
};

inline std::string app(const std::string& name) { return std::string(CAMBIUM_BINARY) + "/apps/" + name; }

// False, and said aloud, when the programs were not built.
inline bool is_built(const std::string& name, const std::string& what) {
  if (std::filesystem::exists(app(name))) return true;
  fmt::print("SKIPPED {} {}: apps/{} is not built\n", name, what, name);
  return false;
}

// What was said on standard error, but for the notice that a build with sanitizers, or one without optimization, is slow.
inline std::string without_notice(std::string err) {
  const std::size_t at = err.find("\n  *** This is a "), end = err.find(" ***\n\n", at);
  return at == err.npos || end == err.npos ? err : err.erase(at, end + 6 - at);
}

// `before` may be a command of the shell that the program is put behind.
inline Ending run_app(const std::string& name, const std::string& arguments, const std::string& before = "") {
  const TempFolder folder;
  const std::string out = folder.file("out"), err = folder.file("err");
  const int status =
      std::system(fmt::format("( {} '{}' {} ) >'{}' 2>'{}' </dev/null", before, app(name), arguments, out, err).c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_bytes(out), without_notice(read_bytes(err))};
}

}  // namespace cambium_tests
