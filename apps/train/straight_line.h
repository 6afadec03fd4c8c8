// The plainest model of a table, to compare with.
#pragma once

#include <optional>
#include <string>

#include "apps/train/data.h"
#include "apps/train/options.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/training/metrics.h"

namespace train {

// Of the inputs z, each with mean 0 and deviation 1 among the training rows (0 where it is constant; for classes what is further
// out than 3 counts as 3, and mean and deviation are made 0 and 1 again), the answer
//
//   values    y = mean(t) + w.z,          w = argmin sum_rows |t - y|^2 + 1e-3 rows |w|^2
//   classes   p = softmax(b + w.z),    b, w = argmin sum_rows -log p[class] + 2.5e-4 rows |w|^2
//
// and the likeliest class. Of many training rows 20,000 or so are taken, by chance. Returns R2, or the share of right answers, on
// the test rows; nothing for more than 256 inputs or 64 outputs, which take too long, for tests of fewer than 50 rows, which tell
// nothing, and when a signal has come.
std::optional<double> score_of_straight_line(const cambium::Dataset& training, const cambium::Dataset& test);

// What helps where a straight line answers better than the model by two points and the standard error of its score; else nothing.
// With --balanced nothing is said, since the model has learnt from other shares of the classes.
std::string beaten_by_straight_line(const Options& options, const Data& data, const cambium::Dataset& training,
                                    const cambium::Metrics& test);

}  // namespace train
