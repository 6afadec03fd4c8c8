// How often memory was taken with operator new, and what happens when there is none. A program that has this in it gets
// an operator new that counts, unless it has one of its own: then nothing is counted.
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

// While it lives, there is no memory for one call of operator new: the one after so many others, in whatever thread. Two at a time
// would be in each other's way.
class AllocationFault {
 public:
  explicit AllocationFault(long after) noexcept;
  ~AllocationFault();
  AllocationFault(const AllocationFault&) = delete;
  AllocationFault& operator=(const AllocationFault&) = delete;
  bool happened() const noexcept;  // there were so many
};

}  // namespace cambium_testing
