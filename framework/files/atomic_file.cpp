#include "cambium/framework/files/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/input_file.h"
#include "cambium/framework/files/temporary.h"

namespace cambium {

namespace {

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The text of a link; empty when it is none.
std::string link_text(const std::string& path) {
  char text[4096];
  const ssize_t length = readlink(path.c_str(), text, sizeof text);
  return length < 0 ? "" : std::string(text, static_cast<std::size_t>(length));
}

// For calls that give -1 and set errno: again as long as a signal interrupts them.
template <class Call>
auto again(Call call) {
  for (;;)
    if (const auto result = call(); result >= 0 || errno != EINTR) return result;
}

// Some file systems cannot do it for a folder, and some folders may be written to but not opened: then there is nothing more to be
// had.
bool sync_folder(const std::string& folder) {
  const int opened = again([&] { return open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (opened < 0) return errno == EACCES;
  const bool ok = again([&] { return fsync(opened); }) == 0 || errno == EINVAL;
  const int error = errno;
  close(opened);
  errno = error;
  return ok;
}

// In a folder like /tmp only the owner of a file, or of the folder, may replace it.
bool kept_for_owner(const std::string& folder, const struct stat& file) {
  struct stat found;
  const uid_t user = geteuid();
  return stat(folder.c_str(), &found) == 0 && (found.st_mode & S_ISVTX) != 0 && user != 0 && user != file.st_uid &&
         user != found.st_uid;
}

// Where the system tells.
bool is_mount_point([[maybe_unused]] const std::string& path) {
#ifdef STATX_ATTR_MOUNT_ROOT
  struct statx found;
  return statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, 0, &found) == 0 && (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
#else
  return false;
#endif
}

// What helps where a file cannot grow.
const char* remedy_for(int error) {
  return error == EFBIG ? "a higher limit for the size of a file (ulimit -f)" : "a folder with more free space";
}

}  // namespace

AtomicFile::AtomicFile(std::string path, std::uint64_t expected) : path_(std::move(path)), expected_(expected) {
  find_target();
  check_target();
  temporary::remove_abandoned(folder_);
  try {
    open_new();
    take_rights();
  } catch (...) {
    discard();  // a constructor that throws has no destructor
    throw;
  }
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::find_target() {
  constexpr int most_links = 40;  // as the system has it
  target_ = path_;
  for (int links = 0;; ++links) {
    const std::string next = link_text(target_);
    if (next.empty()) break;
    if (links == most_links) fail("cannot be written", ELOOP, "another name");
    target_ = next[0] == '/' ? next : folder_of(target_) + "/" + next;
  }
  if (target_.empty()) fail("cannot be written", ENOENT, "a name");
  folder_ = folder_of(target_);
}

// Throws where the target is there and is nothing that may be replaced. The rename would put a plain file in the place of a device
// or a pipe, and asks only whether the folder may be written to.
void AtomicFile::check_target() const {
  struct stat there, end;
  if (stat(path_.c_str(), &there) != 0) {
    if (errno == ENAMETOOLONG) fail("cannot be written", errno, "a shorter name");
    if (errno != ENOENT) fail("cannot be written", errno, "a folder where you may write");
    return;
  }
  if (const std::string kind = irregular(there.st_mode); !kind.empty())
    throw Error(path_ + ": is not a regular file but " + kind,
                S_ISDIR(there.st_mode) ? "the name of a file in it" : "another name");
  // A link of /proc leads to a file that its text does not name.
  if (lstat(target_.c_str(), &end) != 0 || end.st_ino != there.st_ino || end.st_dev != there.st_dev)
    throw Error(path_ + ": has no name of its own that could be replaced", "the name of a file");
  if (faccessat(AT_FDCWD, target_.c_str(), W_OK, AT_EACCESS) != 0)
    fail("cannot be replaced", errno, "another name, or permission to write to it");
  if (kept_for_owner(folder_, there))
    fail("cannot be replaced, in a folder where only owners replace files", EPERM, "another name");
  if (is_mount_point(target_)) fail("cannot be replaced, being a mount point", EBUSY, "another name");
}

void AtomicFile::open_new() {
  if (!open_nameless()) open_named();
}

bool AtomicFile::open_nameless() {
  file_ = again([&] { return open(folder_.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666); });
  if (file_ < 0 && errno == ENOENT) fail("cannot be written", errno, "making the folder " + folder_ + " first");
  if (file_ >= 0 && access(temporary::name_in_proc(file_).c_str(), F_OK) != 0) {  // there would be no way to give it a name
    close(file_);
    file_ = -1;
  }
  if (file_ >= 0) temporary::hold(file_);
  return file_ >= 0;
}

void AtomicFile::open_named() {
  for (int attempt = 0;; ++attempt) {
    temporary_ = temporary::name_in(folder_);
    file_ = again([&] { return open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
    if (file_ < 0) temporary_.clear();  // what is there is not ours
    if (file_ < 0 && (errno != EEXIST || attempt >= 1000)) fail("cannot be written", errno, "a folder where you may write");
    if (file_ < 0) continue;
    temporary::hold(file_);
    struct stat made;
    if (fstat(file_, &made) != 0 || made.st_nlink > 0) return;
    discard();  // another process has taken it for abandoned before it was locked
  }
}

// While there is nothing in it.
void AtomicFile::take_rights() {
  struct stat old;
  if (stat(target_.c_str(), &old) == 0 && !temporary::copy_rights(target_, old, file_))
    fail("its permissions cannot be kept", errno, "another name");
}

void AtomicFile::write(const void* data, std::size_t bytes) {
  const char* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t taken = again([&] { return ::write(file_, next, std::min<std::size_t>(bytes, std::size_t{1} << 30)); });
    const int error = taken < 0 ? errno : ENOSPC;
    const std::string of = expected_ > 0 ? " of " + std::to_string(expected_) : "";
    if (taken <= 0) fail("writing stopped after " + std::to_string(written_) + of + " bytes", error, remedy_for(error));
    next += taken, bytes -= static_cast<std::size_t>(taken), written_ += static_cast<std::size_t>(taken);
  }
}

void AtomicFile::commit() {
  if (again([&] { return fsync(file_); }) != 0) fail("did not reach the disk", errno, remedy_for(errno));
  check_target();  // again: it has been a while
  put_in_place();
  temporary_.clear();
  const int closed = close(std::exchange(file_, -1));
  if (closed != 0 && errno != EINTR) fail("is written, but closing it failed", errno, "reading it back");
  if (!sync_folder(folder_)) fail("is written, but its folder did not reach the disk", errno, "writing it again");
}

void AtomicFile::put_in_place() {
  const auto link_as = [&](const std::string& name) {
    return linkat(AT_FDCWD, temporary::name_in_proc(file_).c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
  };
  if (temporary_.empty() && link_as(target_)) return;
  // A name that is taken cannot be given to a file without one: it gets another first.
  for (int attempt = 0; temporary_.empty(); ++attempt) {
    if (errno != EEXIST || attempt >= 1000) fail("cannot be put in its place", errno, "another folder");
    const std::string name = temporary::name_in(folder_);
    if (link_as(name)) temporary_ = name;
  }
  if (rename(temporary_.c_str(), target_.c_str()) != 0) fail("cannot be replaced", errno, "another name");
}

void AtomicFile::discard() noexcept {
  if (!temporary_.empty()) unlink(temporary_.c_str());
  temporary_.clear();
  if (file_ >= 0) close(std::exchange(file_, -1));
}

void AtomicFile::fail(const std::string& what, int error, const std::string& remedy) const {
  throw Error(path_ + ": " + what + ": " + std::generic_category().message(error), remedy);
}

}  // namespace cambium
