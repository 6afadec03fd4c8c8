// How often each sample of a set comes in an epoch.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"

namespace cambium {

// Which samples make an epoch. Unless said otherwise, each comes once. Drawn by weight, an epoch has as many samples as the set,
// and each of them is drawn anew, sample i with probability weight[i] / (sum of weights): some come often, some not at all. The
// draws depend on (seed, epoch, place in the epoch). Copies share their table of 16 bytes for each sample.
//
//     trainer.fit(train, {.sampling = Sampling(weights)});         balanced.h: every class as often as the others
//
// The same expectation as weights in the loss (MemoryDataset::add_weights), without rare steps that are large: see there for data
// that must count differently in validation too.
class Sampling {
 public:
  Sampling() = default;  // each once
  // Errors: none, more than 2^31 - 1, one that is negative or not finite, all of them 0.
  explicit Sampling(std::span<const double> weights);

  bool empty() const { return !table_; }
  std::int64_t size() const { return table_ ? static_cast<std::int64_t>(table_->size()) : 0; }
  // The sample at place `i` of an epoch, in constant time.
  std::int64_t row(Random epoch, std::int64_t i) const noexcept;
  std::string str() const { return empty() ? "each once" : "by weight"; }

 private:
  // The alias method (Walker 1977, built as in Vose 1991): half of it picks a cell, the other half the sample or its alias.
  struct Cell {
    double keep = 1;  // probability of the sample itself
    int alias = 0;
  };
  std::shared_ptr<const std::vector<Cell>> table_;
};

}  // namespace cambium
