// The averages that streaming norm keeps over several calls: long-term and short-term values of each statistic.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "cambium/framework/base/layer.h"

namespace cambium {

// Of what an average is mixed: at least 0 each, 1 together.
struct StreamMix {
  double long_term = 0, short_term = 0, current = 0;
  std::string str() const { return "[" + text_of(long_term) + ", " + text_of(short_term) + ", " + text_of(current) + "]"; }
};

namespace streams {

// The order of StreamingNorm's state. Of each stream its long-term value, and `to_short` later its short-term value; of each
// direction two counts; the version of the weights.
inline constexpr std::size_t mean_of_x = 0, std_of_x = 1, gmean = 2, gstd = 3, rstd = 4, to_short = 5;
inline constexpr std::size_t updates = 10, calls = 12, version = 14;
enum class Direction : std::size_t { forward, backward };

// The streams of one direction, two forward and three backward, in one call. Writes all of their `next` from `state`: with the
// long-term values taken over where the weights have moved since the last push, and then with what is pushed.
class Streams {
 public:
  Streams(const Context& ctx, std::size_t channels, Direction direction, const StreamMix& mix, double kappa);

  bool empty() const { return updates_ <= 0 && calls_ <= 0; }
  // Long-term, or short-term where there is no long-term value yet.
  double before(std::size_t stream, std::size_t c) const { return next_[updates_ > 0 ? stream : to_short + stream][c]; }

  // Pushes zero + value, and returns what is to be used, relative to zero as well: a constant stays exact.
  double push(std::size_t stream, std::size_t c, double value, double zero = 0);
  // After all channels were pushed.
  void count_call() { *next_[calls + static_cast<std::size_t>(direction_)] = calls_ + 1; }

 private:
  std::span<double* const> next_;
  const StreamMix& mix_;
  Direction direction_;
  double updates_, calls_;
};

}  // namespace streams
}  // namespace cambium
