// Memory with a guard band before and after it, which shows whether there was writing outside.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace cambium::testing {

// So many bytes, aligned to 64. They start poisoned: all ones, which is a NaN as float and as double, and -1 as integer; the bands
// hold the same, so that reading beyond the end gives a NaN too.
class Guarded {
 public:
  explicit Guarded(std::size_t bytes = 0);

  std::byte* data() const { return start_; }
  std::size_t bytes() const { return bytes_; }
  template <class T>
  std::span<T> as() const {
    return {reinterpret_cast<T*>(start_), bytes_ / sizeof(T)};
  }

  void poison();
  bool intact() const;  // nothing was written into the bands
  // A copy of the bytes, to find out later what changed.
  std::vector<std::byte> copy() const { return {start_, start_ + bytes_}; }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::byte* start_ = nullptr;
  std::size_t bytes_ = 0;
};

// The bits that poison leaves in a value.
bool is_poison(float value);
bool is_poison(double value);

}  // namespace cambium::testing
