// Pictures of a folder that cannot be read.
#pragma once

#include <exception>
#include <mutex>
#include <vector>

namespace cambium {

// What threads that share work ran into, each at rows of its own.
class Unreadable {
 public:
  void note(int row) noexcept;  // in a catch block
  bool any() const { return lowest_ >= 0; }
  int lowest() const { return lowest_; }                              // whoever was first
  const std::exception_ptr& exception() const { return exception_; }  // of the lowest
  std::vector<int> rows() const;                                      // sorted; without those for which there was no memory

 private:
  std::mutex mutex_;
  int lowest_ = -1;
  std::exception_ptr exception_;
  std::vector<int> rows_;
};

}  // namespace cambium
