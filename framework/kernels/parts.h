// A length cut into as few parts as fit into `most`, all about as long. Only for the sources of kernels.
#pragma once

#include "cambium/framework/kernels/simd.h"

namespace cambium::CAMBIUM_ISA {

struct Parts {
  int length, count;
  Parts(int length_, int most) : length(length_), count((length_ + most - 1) / most) {}
  int begin(int i) const { return static_cast<int>(static_cast<Index>(i) * length / count); }
  int size(int i) const { return begin(i + 1) - begin(i); }
  int longest() const { return (length + count - 1) / count; }
};

}  // namespace cambium::CAMBIUM_ISA
