// Random samples and labels, in a few batches that are made beforehand.
#pragma once

#include <vector>

#include "cambium/framework/base/shape.h"

namespace benchmark {

// Pixels from 0 to 1 and labels from 0 to classes - 1, the same on every machine. 2 to 16 batches, so that a small batch is not
// the same few samples again and again, and a large one does not fill the memory.
class Data {
 public:
  Data(const cambium::Shape& sample, int classes, int batch);

  int batches() const { return batches_; }
  cambium::ConstView samples(int batch) const;
  const std::vector<int>& labels(int batch) const { return labels_[static_cast<std::size_t>(batch)]; }

 private:
  cambium::Shape sample_;
  int batch_, batches_;
  std::vector<cambium::real> samples_;
  std::vector<std::vector<int>> labels_;
};

}  // namespace benchmark
