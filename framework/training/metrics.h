// How well a model does on a set.
#pragma once

#include <string>
#include <vector>

namespace cambium {

// What an evaluation found. Everything but the loss concerns the first output, and only where its target is a label.
struct Metrics {
  int samples = 0;
  double loss = 0;             // mean over the samples, summed over outputs
  std::vector<double> losses{};  // of each output
  int classes = 0;             // 0: the first target is no label
  std::vector<int> confusion{};  // (classes, classes): row = true class, column = predicted class

  int correct() const;
  double accuracy() const;        // share of correct samples, 0 to 1
  double standard_error() const;  // of the accuracy, sqrt(p (1 - p) / n): about two thirds of repetitions lie within it
  std::string confusion_table(const std::vector<std::string>& class_names = {}) const;  // with recall and precision of each class
};

}  // namespace cambium
