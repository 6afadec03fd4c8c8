#include "cambium/framework/files/temporary.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string_view>
#include <vector>

namespace cambium::temporary {
namespace {

constexpr std::string_view begin = ".cambium-", end = ".tmp";

// .cambium-PROCESS-NUMBER.tmp
bool is_temporary(std::string_view name) {
  if (name.size() <= begin.size() + end.size() || !name.starts_with(begin) || !name.ends_with(end)) return false;
  name.remove_prefix(begin.size()), name.remove_suffix(end.size());
  const std::size_t dash = name.find('-');
  const auto number = [](std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == text.npos; };
  return dash != name.npos && number(name.substr(0, dash)) && number(name.substr(dash + 1));
}

void remove_if_abandoned(int folder, const char* name) noexcept {
  const int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (file < 0) return;
  struct stat found;
  const bool regular = fstat(file, &found) == 0 && S_ISREG(found.st_mode);
  if (regular && flock(file, LOCK_EX | LOCK_NB) == 0) unlinkat(folder, name, 0);
  close(file);
}

// The list of rights beside the nine bits, as the system keeps it. False where it is there and cannot be given.
bool copy_access_list(const std::string& path, int file) {
  constexpr const char* attribute = "system.posix_acl_access";
  const ssize_t bytes = getxattr(path.c_str(), attribute, nullptr, 0);
  if (bytes <= 0) return true;
  std::vector<char> list(static_cast<std::size_t>(bytes));
  return getxattr(path.c_str(), attribute, list.data(), list.size()) == bytes &&
         fsetxattr(file, attribute, list.data(), list.size(), 0) == 0;
}

}  // namespace

std::string name_in(const std::string& folder) {
  static std::atomic<unsigned> counter{0};
  return fmt::format("{}/{}{}-{}{}", folder, begin, getpid(), counter.fetch_add(1), end);
}

std::string name_in_proc(int file) { return "/proc/self/fd/" + std::to_string(file); }

void hold(int file) noexcept {
  while (flock(file, LOCK_EX) != 0 && errno == EINTR) continue;
}

void remove_abandoned(const std::string& folder) noexcept {
  DIR* const opened = opendir(folder.c_str());
  if (opened == nullptr) return;
  while (const dirent* entry = readdir(opened))
    if (is_temporary(entry->d_name)) remove_if_abandoned(dirfd(opened), entry->d_name);
  closedir(opened);
}

bool copy_rights(const std::string& path, const struct stat& old, int file) {
  struct stat fresh;
  if (fstat(file, &fresh) != 0) return false;
  mode_t mode = old.st_mode & 0777;
  bool group = fresh.st_gid == old.st_gid;
  if (fresh.st_uid != old.st_uid || !group)
    group = fchown(file, old.st_uid, old.st_gid) == 0 || group || fchown(file, static_cast<uid_t>(-1), old.st_gid) == 0;
  if (!group) mode &= 0707 | (mode & 07) << 3;
  if (fchmod(file, mode) != 0) return false;
  if (copy_access_list(path, file)) return true;
  return fchmod(file, mode & (0707 | (mode & 07) << 3)) == 0;  // without the list, what it held back of the group's rights is open
}

}  // namespace cambium::temporary
