// The sizes of one sample, and views of batches of samples.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>

#include "cambium/framework/base/size.h"
#include "cambium/framework/kernels/real.h"

namespace cambium {

// One to four sizes of one sample, without the batch: (features) or (channels, height, width). Every size is at least 1 and
// the product fits an int; anything else is an Error. The first size is the channel: normalization, affine layers and
// convolution all read a flat sample as so many channels of one position each.
class Shape {
 public:
  Shape() = default;  // no sizes: a scalar, size 1
  explicit Shape(int size) : Shape({size}) {}
  Shape(std::initializer_list<int> sizes) : Shape(sizes.begin(), static_cast<int>(sizes.size())) {}
  Shape(const int* sizes, int rank);

  int rank() const { return rank_; }
  int operator[](int axis) const { return sizes_[axis]; }
  int size() const { return size_; }
  int channels() const { return rank_ == 0 ? 1 : sizes_[0]; }
  int spatial() const { return size_ / channels(); }  // positions per channel
  bool is_image() const { return rank_ == 3; }

  std::string str() const;  // "16x3x3"

  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  int rank_ = 0;
  int sizes_[4] = {1, 1, 1, 1};
  int size_ = 1;
};

// A batch of samples that is owned elsewhere, contiguous: `batch` times `shape.size()` values. Of a batch that goes through a plan
// in chunks there may be one chunk only, from sample `first` on; samples keep their numbers.
template <class T>
struct BasicView {
  T* data = nullptr;
  Shape shape;
  int batch = 0;
  int first = 0;

  std::size_t size() const { return as_size(batch) * as_size(shape.size()); }
  T* row(int sample) const { return data + as_size(sample - first) * as_size(shape.size()); }
  T* begin() const { return data; }
  T* end() const { return row(batch); }
  operator BasicView<const T>() const { return {data, shape, batch, first}; }
};

using View = BasicView<real>;
using ConstView = BasicView<const real>;

}  // namespace cambium
