// Products of row-major matrices, on the thread that calls.
#pragma once

#include "cambium/framework/kernels/blas.h"

namespace cambium {

struct MatrixKernels {
  // C (m, n) = [C if add, else 0] + op(A) (m, k) op(B) (k, n). ldc: from one row of C to the next. Without `add` the old C is not
  // read. The order of every sum depends on the sizes alone.
  void (*multiply)(int m, int n, int k, const Operand& a, const Operand& b, bool add, real* c, int ldc);
  // The name of the algorithm that does it, as in the table of matrix.cpp; values are not read.
  const char* (*algorithm)(int m, int n, int k, const Operand& a, const Operand& b);
};

}  // namespace cambium
