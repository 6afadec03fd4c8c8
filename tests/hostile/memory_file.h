// A file in memory that has a path: nothing is written to a disk.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <string>

namespace cambium_tests {

class MemoryFile {
 public:
  MemoryFile(const void* data, std::size_t bytes) : file_(memfd_create("hostile", MFD_CLOEXEC)) {
    if (file_ < 0) std::abort();
    const char* from = static_cast<const char*>(data);
    for (std::size_t done = 0; done < bytes;) {
      const ssize_t some = write(file_, from + done, bytes - done);
      if (some <= 0) std::abort();
      done += static_cast<std::size_t>(some);
    }
  }
  explicit MemoryFile(const std::string& bytes) : MemoryFile(bytes.data(), bytes.size()) {}
  ~MemoryFile() { close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_ = -1;
};

}  // namespace cambium_tests
