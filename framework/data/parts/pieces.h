// Values that come without anybody knowing how many there will be.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace cambium {

// Keeps them in pieces, and joins these at the end, where each goes as soon as it is copied: so that twice what came is taken at
// most, and one piece. A vector that grows would hold the old values and room for twice as many beside them.
template <class T>
class Pieces {
 public:
  // Where the next values go: room for one at least. `came` says how many of them are there.
  std::span<T> room() {
    if (in_last_ == of_a_piece) pieces_.emplace_back(new T[of_a_piece]), in_last_ = 0;
    return {pieces_.back().get() + in_last_, of_a_piece - in_last_};
  }
  void came(std::size_t count) { in_last_ += count; }

  void add(std::span<const T> values) {
    while (!values.empty()) {
      const std::span<T> to = room();
      const std::size_t n = std::min(to.size(), values.size());
      std::copy_n(values.data(), n, to.data());
      came(n);
      values = values.subspan(n);
    }
  }

  // take(values) for each piece in its order, which is gone after that. All but the last are multiples of 12 values, so that none
  // of them ends within a pixel.
  template <class Take>
  void hand_over(const Take& take) {
    for (; !pieces_.empty(); pieces_.pop_front())
      take(std::span<const T>(pieces_.front().get(), pieces_.size() > 1 ? of_a_piece : in_last_));
    in_last_ = of_a_piece;
  }

  std::vector<T> joined() {
    std::vector<T> all;
    if (!pieces_.empty()) all.reserve((pieces_.size() - 1) * of_a_piece + in_last_);
    hand_over([&](std::span<const T> piece) { all.insert(all.end(), piece.begin(), piece.end()); });
    return all;
  }

 private:
  static constexpr std::size_t of_a_piece = (std::size_t{1} << 18) / sizeof(T) / 12 * 12;
  std::deque<std::unique_ptr<T[]>> pieces_;
  std::size_t in_last_ = of_a_piece;
};

}  // namespace cambium
