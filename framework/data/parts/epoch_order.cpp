#include "cambium/framework/data/parts/epoch_order.h"

#include <utility>

namespace cambium {

Permutation::Permutation(std::int64_t n, Random random) : n_(static_cast<std::uint64_t>(n)), random_(random) {
  while (n_ > std::uint64_t{1} << (2 * half_bits_)) ++half_bits_;
}

std::int64_t Permutation::operator[](std::int64_t i) const noexcept {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  auto at = static_cast<std::uint64_t>(i);
  do {
    std::uint64_t left = at >> half_bits_, right = at & mask;
    for (std::uint64_t round = 0; round < 6; ++round) {
      left ^= random_.bits(round << 32 | right) & mask;
      std::swap(left, right);
    }
    at = left << half_bits_ | right;
  } while (at >= n_);
  return static_cast<std::int64_t>(at);
}

EpochOrder::EpochOrder(std::int64_t size, bool shuffled, Sampling sampling, Random random)
    : size_(size),
      shuffled_(shuffled),
      sampling_(std::move(sampling)),
      random_(random),
      epoch_(random),
      permutation_(size, random) {
  if (in_a_list(size, shuffled, sampling_)) list_.resize(static_cast<std::size_t>(size));
}

void EpochOrder::start(int epoch) noexcept {
  epoch_ = random_.of(static_cast<std::uint64_t>(epoch));
  if (!list_.empty())
    shuffle(list_.data(), static_cast<int>(size_), epoch_);
  else if (shuffled_)
    permutation_ = Permutation(size_, epoch_);
}

std::int64_t EpochOrder::operator[](std::int64_t i) const noexcept {
  if (!sampling_.empty()) return sampling_.row(epoch_, i);
  if (!shuffled_) return i;
  return list_.empty() ? permutation_[i] : list_[static_cast<std::size_t>(i)];
}

}  // namespace cambium
