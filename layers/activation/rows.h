// What layers that work value by value share: a slice of samples as one run of values.
#pragma once

#include <cstddef>
#include <cstring>

#include "cambium/framework/base/shape.h"
#include "cambium/framework/base/slice.h"

namespace cambium {

// How many values these samples hold.
inline std::size_t values_in(Slice slice, const Shape& shape) { return as_size(slice.count()) * as_size(shape.size()); }

// Copies these samples, unless both views are the same memory.
inline void copy_rows(ConstView from, View to, Slice slice) {
  if (from.data != to.data) std::memcpy(to.row(slice.begin), from.row(slice.begin), values_in(slice, to.shape) * sizeof(real));
}

}  // namespace cambium
