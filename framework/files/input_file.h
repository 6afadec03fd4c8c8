// A file that is read from front to back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace cambium {

// Opens regular files only: a folder, and a pipe or a device, which might never answer or end, are refused before anything waits
// for them. Calls that a signal interrupts go on. Errors name the file and what the system said.
class InputFile {
 public:
  explicit InputFile(std::string path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }          // when it was opened
  std::size_t read_up_to(void* to, std::size_t bytes);  // fewer only at the end
  void read(void* to, std::size_t bytes);               // Error where the file ends before

 private:
  std::string path_;
  int file_ = -1;
  std::uint64_t size_ = 0;
};

// "" for a regular file, else what it is: "a folder". `mode` as stat gives it.
std::string irregular(unsigned mode);

}  // namespace cambium
