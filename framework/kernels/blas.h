// The one seam to BLAS. Row-major matrices; every call runs on the thread that makes it.
#pragma once

#include <string>

#include "cambium/framework/kernels/real.h"

namespace cambium {

enum class Op { plain, transposed };

// C (m, n) = alpha * op(A) (m, k) * op(B) (k, n) + beta * C. lda, ldb, ldc: distance between rows as stored.
// With beta = 0 the old C is not read.
void gemm(Op op_a, Op op_b, int m, int n, int k, real alpha, const real* a, int lda, const real* b, int ldb, real beta, real* c,
          int ldc);

// What BLAS this is ("OpenBLAS 0.3.21, pthread build, core Zen"), for the start-up line.
std::string blas_description();

// Keeps BLAS to the calling thread; called once by every thread that computes. Returns "" or the reason why the promise
// "the same bits for any number of threads" does not hold with this library.
std::string use_one_blas_thread();

}  // namespace cambium
