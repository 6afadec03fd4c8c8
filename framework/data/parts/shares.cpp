#include "cambium/framework/data/parts/shares.h"

#include <algorithm>
#include <numeric>
#include <queue>
#include <tuple>

namespace cambium {

std::vector<std::int64_t> shares(const std::vector<std::int64_t>& counts, std::int64_t part) {
  const std::int64_t all = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  const std::int64_t of_several = std::ranges::count_if(counts, [](std::int64_t n) { return n > 1; });
  const std::int64_t given = part >= of_several ? 1 : 0, kept = all - part >= of_several ? 1 : 0;
  std::vector<std::int64_t> share(counts.size());
  // What the class lacks, times N, nothing for a class of one sample; whether it is one; minus its number.
  std::priority_queue<std::tuple<std::int64_t, bool, std::int64_t>> waiting;
  const auto wait = [&](std::size_t c) {
    const std::int64_t n = counts[c];
    if (share[c] < (n > 1 ? n - kept : n))
      waiting.emplace(n > 1 ? part * n - all * share[c] : 0, n == 1, -static_cast<std::int64_t>(c));
  };
  std::int64_t left = part;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] > 1) share[c] = given, left -= given;
    wait(c);
  }
  for (; left > 0; --left) {
    const auto c = static_cast<std::size_t>(-std::get<2>(waiting.top()));
    waiting.pop();
    ++share[c];
    wait(c);
  }
  return share;
}

}  // namespace cambium
