#include "apps/common/line_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <system_error>

#include "apps/common/console.h"
#include "cambium/framework/base/error.h"

namespace apps {
namespace {

bool same(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

// One of 0 to 2 whose file this is, or -1.
int standard_descriptor(const struct stat& file) {
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat other = {};
    if (fstat(descriptor, &other) == 0 && same(file, other)) return descriptor;
  }
  return -1;
}

const char* remedy_of(int error) {
  if (error == ENOENT || error == ENOTDIR) return "a file in a folder that exists";
  if (error == EACCES || error == EPERM || error == EROFS) return "a file that you may write to";
  if (error == EISDIR) return "the name of a file in it";
  if (error == ENXIO) return "starting who reads it first";
  return "another name";
}

}  // namespace

LineFile::LineFile(const std::string& option, const std::string& path) : option_(option), path_(path) {
  if (path.empty()) return;
  try {
    open_file();
  } catch (...) {
    if (file_ >= 0) close(file_);  // a constructor that throws has no destructor
    throw;
  }
}

LineFile::~LineFile() {
  if (created_) remove_if_empty();
  if (file_ >= 0) close(file_);
}

void LineFile::remove_if_empty() const noexcept {
  struct stat ours = {}, named = {};
  char name[PATH_MAX];  // at the end of the links
  if (fstat(file_, &ours) != 0 || ours.st_size > 0 || realpath(path_.c_str(), name) == nullptr) return;
  if (stat(name, &named) == 0 && same(ours, named)) unlink(name);
}

void LineFile::open_file() {
  constexpr int how = O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;  // a pipe that nobody reads would make us wait
  file_ = open(path_.c_str(), how);
  if (file_ < 0 && errno == ENOENT) {
    file_ = open(path_.c_str(), how | O_CREAT, 0666);
    created_ = file_ >= 0;
  }
  if (const int error = errno; file_ < 0)
    throw cambium::Error(fmt::format("{}: {} cannot be written: {}", option_, path_, std::generic_category().message(error)),
                         remedy_of(error));
  struct stat found = {};
  fstat(file_, &found);
  fcntl(file_, F_SETFL, O_APPEND);  // and waits from now on
  if (!S_ISREG(found.st_mode)) return;
  if (const int standard = standard_descriptor(found); standard >= 0) {
    close(file_);
    file_ = fcntl(standard, F_DUPFD_CLOEXEC, 3);
    return;
  }
  regular_ = true;
  const bool locked = flock(file_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;  // or there are no locks here
  if (!locked || (fstat(file_, &found) == 0 && found.st_nlink == 0))                 // who made it has just taken it away
    throw cambium::Error(fmt::format("{}: {} is being written by another run", option_, path_), "a file for each of them");
}

void LineFile::sync() const {
  if (regular_) fsync(file_);
}

void LineFile::go_on_after(long bytes) {
  struct stat found = {};
  if (!regular_ || fstat(file_, &found) != 0) return;
  if (found.st_size < bytes) lose(fmt::format("{}: {} has lost its end, {} bytes", option_, path_, bytes - found.st_size));
  size_ = std::min<long>(bytes, found.st_size);
  if (ftruncate(file_, size_) != 0) size_ = -1;
}

// What stands in the file is always whole lines.
void LineFile::write(const std::string& line) {
  if (path_.empty()) return;
  int error = !regular_ || size_ >= 0 || ftruncate(file_, 0) == 0 ? 0 : errno;
  if (size_ < 0) size_ = 0;
  if (error == 0) error = write_all(file_, line + '\n');
  if (error == 0) {
    size_ += static_cast<long>(line.size()) + 1;
    return;
  }
  if (regular_ && ftruncate(file_, size_) != 0) size_ = -1;
  if (!failed_)
    lose(fmt::format("{}: {} cannot be written any more: {}; what follows will be missing there", option_, path_,
                     std::generic_category().message(error)));
  failed_ = true;
}

}  // namespace apps
