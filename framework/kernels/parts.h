// A length cut into as few parts as fit into `most`, all about as long. Only for the sources of kernels.
#pragma once

#include "cambium/framework/kernels/simd.h"

namespace cambium::CAMBIUM_ISA {

struct Part {
  int begin, size;
};

// Part i begins at i length / count, rounded down: it has `each` values, or one more where what remained of the divisions adds up
// to it. So it takes no division to walk over them.
struct Parts {
  int count, each, remainder;
  Parts(int length, int most)
      : count((length + most - 1) / most), each(count > 0 ? length / count : 0), remainder(length - each * count) {}
  int longest() const { return each + (remainder > 0); }

  class Walk {
   public:
    explicit Walk(const Parts& of) : of_(of), left_(of.count), at_{0, of.each} {}
    Part operator*() const { return at_; }
    bool operator!=(int none) const { return left_ != none; }
    void operator++() {
      at_.begin += at_.size, --left_;
      sum_ += of_.remainder;
      if (sum_ >= of_.count) sum_ -= of_.count;
      at_.size = of_.each + (sum_ + of_.remainder >= of_.count);
    }

   private:
    const Parts& of_;
    int left_, sum_ = 0;
    Part at_;
  };
  Walk begin() const { return Walk(*this); }
  int end() const { return 0; }
};

}  // namespace cambium::CAMBIUM_ISA
