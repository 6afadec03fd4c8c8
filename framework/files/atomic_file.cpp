#include "cambium/framework/files/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>

#include "cambium/framework/base/error.h"

namespace cambium {

namespace {

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Different for every call of every process that runs now; one that died may have left the same name, hence O_EXCL below.
std::string temporary_name(const std::string& folder) {
  static std::atomic<unsigned> counter{0};
  return folder + "/.cambium-" + std::to_string(getpid()) + "-" + std::to_string(counter.fetch_add(1)) + ".tmp";
}

// Some file systems cannot do it for a folder, and say EINVAL: then there is nothing more to be had.
bool sync_folder(const std::string& folder) {
  const int opened = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return false;
  const bool ok = fsync(opened) == 0 || errno == EINVAL;
  const int error = errno;
  close(opened);
  errno = error;
  return ok;
}

}  // namespace

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)), folder_(folder_of(path_)) {
  struct stat found;
  if (stat(path_.c_str(), &found) == 0) {
    if (S_ISDIR(found.st_mode)) fail("cannot be written", EISDIR, "the name of a file in it");
    // The rename would put a plain file in the place of a device or a pipe.
    if (!S_ISREG(found.st_mode)) throw Error(path_ + ": is not a regular file", "another name");
  } else if (errno == ENAMETOOLONG) {
    fail("cannot be written", errno, "a shorter name");
  }
  for (int attempt = 0; file_ < 0; ++attempt) {
    temporary_ = temporary_name(folder_);
    file_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file_ < 0 && errno == ENOENT) fail("cannot be written", errno, "making the folder " + folder_ + " first");
    if (file_ < 0 && errno != EINTR && (errno != EEXIST || attempt >= 1000))
      fail("cannot be written", errno, "a folder where you may write");
  }
}

AtomicFile::~AtomicFile() {
  if (file_ < 0) return;
  close_file();
  unlink(temporary_.c_str());
}

void AtomicFile::write(const void* data, std::size_t bytes) {
  const char* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t taken = ::write(file_, next, std::min<std::size_t>(bytes, std::size_t{1} << 30));
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0)
      fail("writing stopped after " + std::to_string(written_) + " bytes, " + std::to_string(bytes) + " more to go", errno,
           "a folder with more free space");
    next += taken, bytes -= static_cast<std::size_t>(taken), written_ += static_cast<std::size_t>(taken);
  }
}

void AtomicFile::commit() {
  while (fsync(file_) != 0)
    if (errno != EINTR) fail("did not reach the disk", errno, "a folder with more free space");
  if (rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot be replaced", errno, "another name");
  close_file();
  if (!sync_folder(folder_)) fail("is written, but its folder did not reach the disk", errno, "writing it again");
}

void AtomicFile::close_file() noexcept {
  close(file_);
  file_ = -1;
}

void AtomicFile::fail(const std::string& what, int error, const std::string& remedy) const {
  throw Error(path_ + ": " + what + ": " + std::generic_category().message(error), remedy);
}

}  // namespace cambium
