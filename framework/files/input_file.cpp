#include "cambium/framework/files/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "cambium/framework/base/error.h"

namespace cambium {
namespace {

[[noreturn]] void cannot_read(const std::string& path, int error) {
  throw Error(path + ": cannot be read: " + std::generic_category().message(error), "another path");
}

void check_regular(const std::string& path, const struct stat& found) {
  if (const std::string kind = irregular(found.st_mode); !kind.empty())
    throw Error(path + ": is not a regular file but " + kind, "another path, or a copy in a file");
}

int open_again(const char* path) {
  for (;;)
    if (const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); file >= 0 || errno != EINTR) return file;
}

}  // namespace

std::string irregular(unsigned mode) {
  if (S_ISREG(mode)) return "";
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

InputFile::InputFile(std::string path) : path_(std::move(path)) {
  struct stat found = {};
  // Before it is opened as well: that alone may already do something to a device or a pipe.
  if (stat(path_.c_str(), &found) != 0) cannot_read(path_, errno);
  check_regular(path_, found);
  file_ = open_again(path_.c_str());
  if (file_ < 0) cannot_read(path_, errno);
  try {
    if (fstat(file_, &found) != 0) cannot_read(path_, errno);
    check_regular(path_, found);
  } catch (...) {
    close(file_);  // a constructor that throws has no destructor
    throw;
  }
  size_ = static_cast<std::uint64_t>(found.st_size);
}

InputFile::~InputFile() { close(file_); }

std::size_t InputFile::read_up_to(void* to, std::size_t bytes) {
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t got = ::read(file_, static_cast<char*>(to) + done, std::min<std::size_t>(bytes - done, std::size_t{1} << 30));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(path_ + ": reading stopped: " + std::generic_category().message(errno), "reading it again");
    if (got == 0) return done;
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

void InputFile::read(void* to, std::size_t bytes) {
  if (read_up_to(to, bytes) < bytes) throw Error(path_ + ": became shorter while it was read", "reading it again");
}

}  // namespace cambium
