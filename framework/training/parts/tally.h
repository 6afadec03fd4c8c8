// What is counted while a set goes by, batch after batch.
#pragma once

#include <span>
#include <vector>

#include "cambium/framework/base/shape.h"
#include "cambium/framework/base/state_dict.h"
#include "cambium/framework/data/batch.h"
#include "cambium/framework/training/loss.h"
#include "cambium/framework/training/metrics.h"

namespace cambium {

// Sums over samples, in double, and never means of means: what comes out does not depend on how the set is cut into batches. Every
// figure of a set, in training and in evaluation, goes through here. `first` is the loss of the first output, which is of shape
// `output`, and has labels as targets or not. Neither `add` nor `clear` allocates.
class Tally {
 public:
  enum class Detail { means, all };  // all: what Metrics has
  Tally(std::size_t outputs, const Loss& first, const Shape& output, bool labels, Detail detail);

  // One batch: for each output the sum of its loss over the samples, and the first output with its target.
  void add(std::span<const double> loss_sums, const ConstView& y, const Target& target) noexcept;
  void clear() noexcept;
  void state_dict(StateDict& dict);  // of the means alone

  std::int64_t samples() const { return samples_; }
  double loss() const noexcept;      // mean, summed over outputs
  double accuracy() const noexcept;  // NaN where no output names a class
  Metrics metrics() const;           // what can be said of all that was added; needs Detail::all

 private:
  const Loss& first_;
  bool counts_;  // classes
  int classes_, positions_;
  std::int64_t samples_ = 0, correct_ = 0;
  std::vector<double> losses_;  // sums
  std::vector<std::int64_t> confusion_;
  // Of one value of the target, e = y - t, and s = t less that of the first sample.
  struct Values {
    double first = 0, s = 0, s2 = 0, s3 = 0, s4 = 0;                  // sums of its powers
    double absolute_errors = 0, e2 = 0, e4 = 0, e2_s = 0, e2_s2 = 0;  // sums of |e|, e^2, e^4, e^2 s, e^2 s^2
    double r2(double samples) const noexcept;
    double r2_standard_error(double samples) const noexcept;
  };
  std::vector<Values> values_;
  void add_values(const ConstView& y, const ConstView& target) noexcept;
  int truth_of(const Target& target, int sample, int position) const noexcept;
};

// Whether this loss says which class an output of that shape names.
bool names_classes(const Loss& loss, const Shape& output) noexcept;

}  // namespace cambium
