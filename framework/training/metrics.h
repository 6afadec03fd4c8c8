// How well a model does on a set.
#pragma once

#include <string>
#include <vector>

namespace cambium {

// What an evaluation found. Everything but the loss concerns the first output, and only where its target is a label and its loss
// says which class an output names. Where there is no class, or no sample, there is no accuracy: it is NaN, here and in the
// reports of a training, and `classes` is 0. Errors: a confusion matrix that is not of so many classes.
struct Metrics {
  int samples = 0;
  double loss = 0;               // mean over the samples, summed over outputs
  std::vector<double> losses{};  // of each output
  int classes = 0;               // 0: no classes to be right or wrong about
  std::vector<int> confusion{};  // (classes, classes): row = true class, column = predicted class

  int confused(int truth, int predicted) const;  // how many samples of the one class were taken for the other
  int correct() const;                           // 0 without classes; a sample whose output is NaN is never correct
  double accuracy() const;                       // share of correct samples, 0 to 1
  double standard_error() const;  // of the accuracy, sqrt(p (1 - p) / n): about two thirds of repetitions lie within it
  std::string confusion_table(const std::vector<std::string>& class_names = {}) const;  // with recall and precision of each class
};

}  // namespace cambium
