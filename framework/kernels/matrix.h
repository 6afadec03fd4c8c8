// Products of row-major matrices, on the thread that calls.
#pragma once

#include "cambium/framework/kernels/blas.h"
#include "cambium/framework/kernels/real.h"

namespace cambium {

struct MatrixKernels {
  // C (m, n) = [C if add, else 0] + op(A) (m, k) op(B) (k, n). lda, ldb, ldc: distance between rows as stored. Without `add` the
  // old C is not read. The order of every sum depends on the sizes alone.
  void (*multiply)(Op op_a, Op op_b, int m, int n, int k, const real* a, int lda, const real* b, int ldb, bool add, real* c,
                   int ldc);
};

}  // namespace cambium
