// How much memory a training takes.
#pragma once

#include <cstddef>
#include <string>

namespace cambium {

// Of one call of fit, in bytes, each at its largest. What the data set itself takes, and what a callback takes, is not in it; nor
// is what BLAS keeps for its products, some 40 MB for each process.
struct MemoryNeed {
  std::size_t weights = 0;     // parameters, their gradients, and the state of layers
  std::size_t moments = 0;     // of the optimizer
  std::size_t step = 0;        // activations and their gradients, and the scratch of all threads
  std::size_t batches = 0;     // gathered ahead, and the order of an epoch
  std::size_t validation = 0;  // activations and batches
  std::size_t best = 0;        // the best weights so far
  std::size_t checkpoint = 0;  // the one that it goes on from
  std::size_t lists = 0;       // what says how a step runs: some kilobytes a layer
  std::size_t taken = 0;       // of all these, what the trainer has already

  std::size_t total() const { return weights + moments + step + batches + validation + best + checkpoint + lists; }
  std::string str() const;  // "51.2 MB: weights 20.4 MB, moments 10.2 MB, step 18.1 MB, batches 2.51 MB"
};

}  // namespace cambium
