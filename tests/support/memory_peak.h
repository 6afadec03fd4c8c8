// How much memory was taken at most, by whoever takes it: operator new, and malloc in the libraries that unpack pictures and
// archives. A program that has this in it gets a malloc that counts; with the address sanitizer, whose malloc it is, that
// one tells.
#pragma once

#include <cstdint>

namespace cambium_tests {

// Bytes beyond those that were taken when it was made, in all threads; where another one is made, both start again.
class MemoryPeak {
 public:
  MemoryPeak() noexcept;
  std::int64_t bytes() const noexcept;

  static std::int64_t held() noexcept;  // now
  static bool counted() noexcept;       // false where the system has no malloc that can be counted: then all is 0

 private:
  std::int64_t start_;
};

}  // namespace cambium_tests
