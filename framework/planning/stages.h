// Which ops run together, and how a batch is cut for them.
//
// Ops that do not wait for the whole batch are called one after the other on a few samples, whose values are still in cache when
// the next op reads them, and then on the next few. Where an op needs the whole batch, a stage ends: statistics are merged, the
// gradients of weights are added up. So convolution, normalization, relu and pooling go through memory once, and threads meet once
// a stage, not once a layer.
#pragma once

#include <cstddef>
#include <vector>

#include "cambium/framework/base/layer_calls.h"
#include "cambium/framework/planning/sizes.h"

namespace cambium {

struct ScheduledOp;

// A batch cut into `slices`, which threads take in any order, and each of these into `chunks`, which come in order. Depends on
// layers and batch alone, never on the number of threads, since where a batch is cut shows in the last bits.
struct BatchCut {
  int batch = 1, slices = 1, chunks = 1;
  Slice chunk(int slice, int chunk) const { return slice_of(batch, slices * chunks, slice * chunks + chunk); }
  int total() const { return slices * chunks; }
};

// One call of the layer of an op; or, with `recompute`, that op run forward once more: which of Timetable::recomputes.
struct Step {
  CallKind kind;
  int op;
  int recompute = -1;
};

struct Stage {
  std::vector<Step> first;   // one after the other: statistics merge, samples recur, a gradient whose layer then writes over dy
  std::vector<Step> calls;   // on each chunk
  std::vector<int> updates;  // then: ops whose weight gradients are completed, and whose weights may then move

  double flops = 0;         // of all calls, for one sample
  std::size_t bytes = 0;    // that they read and write, for one sample
  std::size_t weights = 0;  // of `updates`
  int least_samples = 1;    // in a chunk, for the weights to be worth fetching

  BatchCut cut(int batch) const;
  // Of any batch up to this: chunks in all, and samples in a chunk. A smaller batch never has more slices.
  int most_chunks(int batch) const;
  int most_samples(int batch) const;
  // Whether `updates` are work for several threads. Weights that one of them has moved come slowly to another.
  bool worth_sharing(int batch) const;
  // Whether that op is among `first`: it then reads all samples at once.
  bool comes_first(int op) const;

 private:
  int samples_in_cache() const;
};

struct Stages {
  std::vector<Stage> forward, backward;
  // By op: the stage of its forward and backward call.
  std::vector<int> forward_of, backward_of;
};

Stages make_stages(const std::vector<ScheduledOp>& ops, const std::vector<std::size_t>& values_read, bool backward);

}  // namespace cambium
