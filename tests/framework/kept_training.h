// A small training that is kept in a folder, for tests of what becomes of it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cambium/cambium.h"

namespace cambium {

// Two classes, of three values each that are one apart.
inline MemoryDataset lines(int n, std::uint64_t seed = 1) {
  std::vector<real> x;
  std::vector<int> labels;
  for (int i = 0; i < n; ++i) {
    labels.push_back(i % 2);
    for (int k = 0; k < 3; ++k) x.push_back(static_cast<real>(Random(seed).normal(static_cast<std::uint64_t>(3 * i + k)) + i % 2));
  }
  return MemoryDataset(Shape(3), std::move(x), std::move(labels), 2);
}

inline Trainer trainer_of(TrainerOptions options = {.batch = 4, .threads = 1}, AdamOptions adam = {}) {
  return Trainer(Sequential(Shape(3), OnlineNorm(), Dense(4), Relu(), Dense(2)), SoftmaxCrossEntropy(), Adam(adam), options);
}

inline FitOptions kept(const std::string& folder, int epochs = 2) {
  FitOptions fit{.epochs = epochs};
  fit.checkpoints = {.folder = folder, .resume = true};
  return fit;
}

}  // namespace cambium
