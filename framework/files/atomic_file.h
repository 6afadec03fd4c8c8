// A file that is written whole or not at all.
#pragma once

#include <cstddef>
#include <string>

namespace cambium {

// Writes beside the target, under a name of its own in the same folder; `commit` brings everything to disk and then puts it in the
// target's place in one step. Whoever opens the target, at any time, also after a crash, finds the old file or the new one.
// Without a commit the target stays as it was, and nothing stays behind. Errors name the file and what the system said.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, std::size_t bytes);
  void commit();

 private:
  [[noreturn]] void fail(const std::string& what, int error, const std::string& remedy) const;
  void close_file() noexcept;

  std::string path_, folder_, temporary_;
  std::size_t written_ = 0;
  int file_ = -1;
};

}  // namespace cambium
