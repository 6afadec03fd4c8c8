// How often memory was taken with operator new: the programs of the tests replace it by one that counts.
#pragma once

namespace cambium_tests {  // one counter per program, whatever precisions it holds

// Counts from its construction on, in all threads.
class AllocationCount {
 public:
  AllocationCount() noexcept : start_(total()) {}
  long since() const noexcept { return total() - start_; }

 private:
  static long total() noexcept;
  long start_;
};

}  // namespace cambium_tests
