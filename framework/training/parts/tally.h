// What is counted while a set goes by, batch after batch.
#pragma once

#include <span>
#include <vector>

#include "cambium/framework/base/shape.h"
#include "cambium/framework/data/batch.h"
#include "cambium/framework/training/loss.h"
#include "cambium/framework/training/metrics.h"

namespace cambium {

// Sums over samples, in double, and never means of means: what comes out does not depend on how the set is cut into batches. Every
// figure of a set, in training and in evaluation, goes through here. `first` is the loss of the first output, which is of shape
// `output`, and has labels as targets or not. Neither `add` nor `clear` allocates.
class Tally {
 public:
  enum class Confusion { none, matrix };
  Tally(std::size_t outputs, const Loss& first, const Shape& output, bool labels, Confusion confusion);

  // One batch: for each output the sum of its loss over the samples, and the first output with its target.
  void add(std::span<const double> loss_sums, const ConstView& y, const Target& target) noexcept;
  void clear() noexcept;

  int samples() const { return samples_; }
  double loss() const noexcept;      // mean, summed over outputs
  double accuracy() const noexcept;  // NaN where no output names a class
  Metrics metrics() const;           // what can be said of all that was added; needs the matrix

 private:
  const Loss& first_;
  bool counts_;  // classes
  int classes_, samples_ = 0, correct_ = 0;
  std::vector<double> losses_;  // sums
  std::vector<int> confusion_;
};

// Whether this loss says which class an output of that shape names.
bool names_classes(const Loss& loss, const Shape& output) noexcept;

}  // namespace cambium
