#include "cambium/framework/data/sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "cambium/framework/base/error.h"

namespace cambium {

Sampling::Sampling(std::span<const double> weights) {
  const std::size_t n = weights.size();
  if (n < 1 || n > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw Error("sampling: " + std::to_string(n) + " weights", "one weight for each sample, fewer than 2^31");
  for (std::size_t i = 0; i < n; ++i)
    if (!(weights[i] >= 0 && std::isfinite(weights[i])))
      throw Error("sampling: the weight of sample " + std::to_string(i) + " is " + std::to_string(weights[i]) +
                      ", which must be at least 0 and finite",
                  "0 for a sample that never comes");
  const double largest = *std::max_element(weights.begin(), weights.end());
  if (largest == 0) throw Error("sampling: all weights are 0", "a weight above 0 for what is to be learnt");
  double sum = 0;  // of weights / largest, which cannot overflow
  for (const double weight : weights) sum += weight / largest;

  // Cells of the same probability 1 / n. What is above it in one fills what is missing in others.
  std::vector<Cell> table(n);
  std::vector<int> small, large;
  for (std::size_t i = 0; i < n; ++i) {
    table[i] = {weights[i] / largest / sum * static_cast<double>(n), static_cast<int>(i)};
    (table[i].keep < 1 ? small : large).push_back(static_cast<int>(i));
  }
  while (!small.empty() && !large.empty()) {
    Cell& cell = table[static_cast<std::size_t>(small.back())];
    Cell& giver = table[static_cast<std::size_t>(large.back())];
    cell.alias = large.back();
    small.pop_back();
    giver.keep -= 1 - cell.keep;
    if (giver.keep >= 1) continue;
    small.push_back(large.back());
    large.pop_back();
  }
  for (const int i : small) table[static_cast<std::size_t>(i)].keep = 1;  // these are 1 but for rounding
  for (const int i : large) table[static_cast<std::size_t>(i)].keep = 1;
  table_ = std::make_shared<const std::vector<Cell>>(std::move(table));
}

std::int64_t Sampling::row(Random epoch, std::int64_t i) const noexcept {
  const auto at = 2 * static_cast<std::uint64_t>(i);
  const std::uint64_t cell = epoch.below(at, table_->size());
  const Cell& drawn = (*table_)[cell];
  return epoch.uniform(at + 1) < drawn.keep ? static_cast<std::int64_t>(cell) : drawn.alias;
}

}  // namespace cambium
