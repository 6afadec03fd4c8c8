// In which order the samples of an epoch come.
#pragma once

#include <cstdint>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/data/sampling.h"

namespace cambium {

// A random order of 0 .. n - 1 of which any place can be asked at once, for any n up to 2^62: a keyed bijection of the smallest
// square 2^k x 2^k that holds n, six rounds of a Feistel network (Luby, Rackoff 1988) over two halves of k bits, walked until it
// falls below n again (Black, Rogaway 2002), at most four times on average.
class Permutation {
 public:
  Permutation(std::int64_t n, Random random);
  std::int64_t operator[](std::int64_t i) const noexcept;

 private:
  std::uint64_t n_;
  int half_bits_ = 1;
  Random random_;
};

// The order of an epoch depends on size, seed and epoch alone. Sets of up to 2^27 samples are shuffled in a list (Fisher, Yates);
// larger ones would need more than half a gigabyte for it and come in the order of a Permutation.
class EpochOrder {
 public:
  static constexpr std::int64_t longest_list = std::int64_t{1} << 27;
  static bool in_a_list(std::int64_t size, bool shuffled, const Sampling& sampling) {
    return shuffled && sampling.empty() && size <= longest_list;
  }
  // With a sampling, which is of so many samples, the order is drawn by it, shuffled or not.
  EpochOrder(std::int64_t size, bool shuffled, Sampling sampling, Random random);
  void start(int epoch) noexcept;
  std::int64_t operator[](std::int64_t i) const noexcept;

 private:
  const std::int64_t size_;
  const bool shuffled_;
  const Sampling sampling_;
  const Random random_;
  Random epoch_;
  std::vector<int> list_;
  Permutation permutation_;
};

}  // namespace cambium
