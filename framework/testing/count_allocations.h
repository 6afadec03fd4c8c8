// How often memory was taken with operator new. A program that has this in it gets an operator new that counts, unless it has
// one of its own: then nothing is counted.
#pragma once

namespace cambium_testing {  // one counter per program, whatever precisions it holds

// Counts from its construction on, in all threads.
class AllocationCount {
 public:
  AllocationCount() noexcept : start_(total()) {}
  long since() const noexcept { return total() - start_; }

 private:
  static long total() noexcept;
  long start_;
};

}  // namespace cambium_testing
