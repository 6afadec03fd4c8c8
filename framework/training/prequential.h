// How well a stream is predicted: each row before it is learnt, in all and over the last rows.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "cambium/framework/base/shape.h"

namespace cambium {

class StateDict;

// What is not there is NaN: of classes the errors of values, of values whatever is about classes, all of no rows.
struct StreamFigures {
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();
  std::int64_t rows = 0;
  double loss = none;  // mean
  // Of classes. accuracy_of_last: of whom who says each time what the last known target was.
  double accuracy = none, accuracy_of_last = none;
  double kappa = none;           // (accuracy - chance) / (1 - chance), chance by how often each class was said and was true
  double kappa_temporal = none;  // (accuracy - accuracy_of_last) / (1 - accuracy_of_last): above 0, or the last target is as good
  // Of values: mean |y - t| and the root of the mean (y - t)^2, and both of the last known target.
  double mean_absolute_error = none, root_mean_squared_error = none;
  double mean_absolute_error_of_last = none, root_mean_squared_error_of_last = none;
};

// Test, then train (Gama et al. 2009, "Issues in evaluation of stream learning algorithms"): every row is predicted before it is
// learnt, so that there is no other set to test on. Accuracy flatters where labels stick to each other, so it always stands beside
// that of the last label, and kappa_temporal says what was won over it (Zliobaite et al. 2015, "Evaluation methods and decision
// theory for classification of streaming data with temporal dependence"). Sums are in double; adding a row takes no memory, and
// time that does not depend on the window.
class Prequential {
 public:
  // Of so many classes, or with 0 of so many values. `window` rows are the last ones. Error: no rows.
  Prequential(int classes, int values, int window);

  // last: the target that was known last when the row was predicted; -1: there was none, and that is never right.
  void add(int predicted, int truth, int last, double loss) noexcept;
  // The same of values; last may be null, and the row is then left out of the figures of the last target.
  void add(const real* predicted, const real* truth, const real* last, double loss) noexcept;

  StreamFigures all() const { return figures(all_); }
  StreamFigures window() const { return figures(window_); }
  int window_rows() const { return static_cast<int>(rows_.size()); }

  void grow(int classes);  // more of them than before
  void state_dict(StateDict& dict);

 private:
  struct Row {  // of classes: the three of them; of values: sums over them
    double loss = 0, a = 0, b = 0, c = 0, d = 0;
  };
  struct Sums {
    std::int64_t rows = 0, last_rows = 0;
    double loss = 0, a = 0, b = 0, c = 0, d = 0;  // of classes: right, the last right; of values as in Row
    std::vector<double> said, true_;              // how often each class was
  };
  void take(Sums& sums, const Row& row, double sign) noexcept;
  void add(const Row& row) noexcept;
  StreamFigures figures(const Sums& sums) const;
  void state_dict(StateDict& dict, Sums& sums);

  int classes_, values_;
  std::vector<Row> rows_;  // the last ones, the oldest at all_.rows modulo their number
  Sums all_, window_;
};

}  // namespace cambium
