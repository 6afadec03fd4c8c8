// What few layers can do beyond forward and backward, each with an interface of its own. A layer that has one derives from it as
// well, and points LayerSpec at itself in `plan`; a layer without it never hears of it.
#pragma once

#include <cstddef>
#include <span>

#include "cambium/framework/base/context.h"
#include "cambium/framework/kernels/norm_epilogue.h"

namespace cambium {

// Samples depend on each other through sums over the batch. Sums are found chunk by chunk, side by side; one thread merges them.
class Statistics {
 public:
  // From x of these samples, so many doubles for the chunk, or for each of its samples: StatisticsSpec.
  virtual void partial(const Forward& ctx, Slice samples, std::span<double> out) const noexcept = 0;
  // `all`: what the chunks or samples gave, in order, whichever thread found it. Writes every value of `next`, and what forward
  // reads in saved buffers. In evaluate mode nothing is summed up: `all` is empty, x has no values yet, nothing moves.
  virtual void merge(const Forward& ctx, std::span<double> all) const noexcept = 0;
  // The same for the gradient, from dy. merge_back may write over some of `next`.
  virtual void partial_back(const Backward&, Slice /*samples*/, std::span<double> /*out*/) const noexcept {}
  virtual void merge_back(const Backward&, std::span<double> /*all*/) const noexcept {}

 protected:
  Statistics() = default;
  Statistics(const Statistics&) = default;
  Statistics& operator=(const Statistics&) = default;
  ~Statistics() = default;
};

// Each sample goes through recurrences after the one before it; channels run side by side and know nothing of each other, so
// threads share them. Not in evaluate mode.
class Recurrence {
 public:
  // All samples, in order, for these channels. Writes what `next` has of them, and from channel 0 also what belongs to none.
  virtual void recur(const Forward& ctx, Slice channels) const noexcept = 0;
  // In place of backward_input: dx where it is needed, `next` again, and the sums, over what is there. backward_params comes
  // afterwards; it must not read dy where LayerSpec::backward_in_place.
  virtual void recur_back(const Backward& ctx, Slice channels, const Epilogue& epilogue) const noexcept = 0;

 protected:
  Recurrence() = default;
  Recurrence(const Recurrence&) = default;
  Recurrence& operator=(const Recurrence&) = default;
  ~Recurrence() = default;
};

// Weights are packed once a step, as forward and backward read them best.
class WeightPacking {
 public:
  // From parameters, and in evaluate mode state, into saved buffers. x and y have shapes and no values yet. Called before every
  // training step and every inference; in a folded plan only when weights or state have moved.
  virtual void pack(const Forward& ctx) const noexcept = 0;

 protected:
  WeightPacking() = default;
  WeightPacking(const WeightPacking&) = default;
  WeightPacking& operator=(const WeightPacking&) = default;
  ~WeightPacking() = default;
};

// For samples too few to be shared out among threads: these share the outputs.
class OutputSplit {
 public:
  // What forward writes for these samples and these outputs, with the workspace of `outputs`.
  virtual void forward_outputs(const Forward& ctx, Slice samples, Slice outputs) const noexcept = 0;

 protected:
  OutputSplit() = default;
  OutputSplit(const OutputSplit&) = default;
  OutputSplit& operator=(const OutputSplit&) = default;
  ~OutputSplit() = default;
};

}  // namespace cambium
