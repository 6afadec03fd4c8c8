// Which passes run together, and how a batch is cut for them.
//
// Passes that do not wait for the whole batch are called one after the other on a few samples, whose values are still in cache when
// the next pass reads them, and then on the next few. Where somebody needs the whole batch, a stage ends: statistics settle, the
// gradients of weights are added up. So convolution, normalization, relu and pooling go through memory once, and threads meet once
// a stage, not once a layer.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "cambium/framework/base/layer.h"

namespace cambium {

struct ScheduledPass;

// A batch cut into `pieces`, which threads take in any order, and each of these into `chunks`, which come in order. Depends on
// layers and batch alone, never on the number of threads, since where a batch is cut shows in the last bits.
struct Cut {
  int batch = 1, pieces = 1, chunks = 1;
  Rows rows(int piece, int chunk) const { return piece_of(batch, pieces * chunks, piece * chunks + chunk); }
  int total() const { return pieces * chunks; }
};
constexpr int most_pieces = 8;

// One call of a layer on a chunk.
struct Call {
  enum class Kind { gather, forward, again, gather_back, gradient, backward } kind;  // again: forward once more
  int pass;
  int again = -1;  // which of Timetable::again
};

struct Stage {
  int settles = -1;         // this pass settles, or recurs, before the calls
  int gradient_first = -1;  // before the calls, after settling: a gradient cut by outputs whose layer then writes over dy
  std::vector<Call> calls;
  std::vector<int> finish;  // after the calls: passes whose weight gradients are completed, and whose weights may then move

  double flops = 0;         // of all calls, for one sample
  std::size_t bytes = 0;    // that they read and write, for one sample
  std::size_t weights = 0;  // that `finish` completes
  int least_rows = 1;       // in a chunk, for the weights to be worth fetching

  Cut cut(int batch) const;
  // Of any batch up to this: chunks in all, and samples in a chunk. A smaller batch never has more pieces.
  int most_chunks(int batch) const;
  int most_rows(int batch) const;
  // Whether `finish` is work for several threads. Weights that one of them has moved come slowly to another.
  bool worth_sharing(int batch) const;

 private:
  int rows_in_cache() const;
};

struct Stages {
  std::vector<Stage> forward, backward;
  // By pass: the stage of its forward and backward call.
  std::vector<int> forward_of, backward_of;
};

Stages make_stages(const std::vector<ScheduledPass>& passes, const std::vector<std::size_t>& values_read, bool backward);

// For a gradient that is cut by rows. A sum over a large batch, term after term in `real`, would be off by the more the more terms
// there are: 1e-3 at a hundred thousand. So a sum of more than 2^18 terms for each weight is made of sums over so many samples, of
// about a thousand terms, which are added up in double. 0: over each chunk as it is.
int samples_of_a_sum(const Needs& needs, int batch);

// How many outputs are computed at a time, for a gradient that is cut by outputs: a strip that stays in cache until it is used.
int gradient_strip(const Needs& needs, int batch);

// Samples too few to be cut are shared out by the outputs of layers with many weights: in so many parts, of so many outputs but for
// the last. The same lane comes by the same part in every step, and finds its weights where it left them.
struct OutputCut {
  int parts = 1, outputs = 0;
};
OutputCut cut_of_outputs(const Needs& needs);

}  // namespace cambium
