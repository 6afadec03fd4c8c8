#include "apps/common/same_file.h"

#include <filesystem>
#include <system_error>

namespace apps {
namespace {

namespace fs = std::filesystem;

// At the end of the links, where a file is there or will be made.
fs::path end_of(fs::path path) {
  constexpr int most_links = 40;  // as the system has it
  std::error_code ignored;
  for (int links = 0; links < most_links && fs::is_symlink(path, ignored); ++links)
    path = path.parent_path() / fs::read_symlink(path, ignored);
  return fs::weakly_canonical(fs::absolute(path, ignored), ignored);
}

}  // namespace

bool same_file(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return false;
  std::error_code ignored;
  return fs::equivalent(a, b, ignored) || end_of(a) == end_of(b);
}

}  // namespace apps
