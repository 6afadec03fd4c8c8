// How well a model does on a set.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace cambium {

// What an evaluation found. Everything but the loss concerns the first output. Accuracy and what belongs to it are there where its
// target is a label and its loss says which class an output names; errors of values where its target is values. What is not there
// is NaN, here and in the reports of a training, and `classes` is 0. Weights of samples count in the loss alone. Errors: a
// confusion matrix that is not of so many classes.
struct Metrics {
  std::int64_t samples = 0;
  double loss = 0;                        // mean over the samples, summed over outputs
  std::vector<double> losses{};           // of each output
  int classes = 0;                        // 0: no classes to be right or wrong about
  int positions = 1;                      // labels that a sample has: one, or one for each position of a picture
  std::vector<std::int64_t> confusion{};  // (classes, classes): row = true class, column = predicted class

  // Of values: mean |y - t|, the root of the mean (y - t)^2, and 1 - sum (y - t)^2 / sum (t - mean of t)^2, the mean over the
  // values of a target of which each has its own; 1 is exact, 0 no better than the mean, NaN where the targets never differ.
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();
  double mean_absolute_error = none, root_mean_squared_error = none, r2 = none;
  // Of r2: about two thirds of test sets of this size lie within it. Of several values the mean of theirs, which is that of r2
  // where their errors go together, and more than it elsewhere.
  double r2_standard_error = none;

  std::int64_t confused(int truth, int predicted) const;  // how many labels of the one class were taken for the other
  std::int64_t correct() const;                           // 0 without classes; one whose output is NaN is never correct
  double accuracy() const;                                // share of correct labels, 0 to 1
  // Of the accuracy: about two thirds of repetitions lie within it; of several labels a sample, more. With k of n right it is
  //   sqrt(p (1 - p) / (n + 3)),  p = (k + 1) / (n + 2),
  // the deviation of the true share when nothing was known of it before (Laplace's rule of succession: Beta(k + 1, n - k + 1)).
  // Unlike sqrt(k (n - k) / n^3), which it is at large n, it is not 0 where all or none are right.
  double standard_error() const;
  double precision(int c) const;  // of those taken for class c, the share that is; NaN where there are none
  double recall(int c) const;     // of those of class c, the share taken for it; NaN where there are none
  double f1(int c) const;         // 2 / (1 / precision + 1 / recall)
  // One line for each class: samples, precision, recall, F1.
  std::string class_table(const std::vector<std::string>& class_names = {}) const;
  std::string confusion_table(const std::vector<std::string>& class_names = {}) const;  // with recall and precision of each class
};

}  // namespace cambium
