// The one seam to BLAS. Row-major matrices; every call runs on the thread that makes it.
//
// OpenBLAS is loaded when it is first needed, with the calling thread held to one processor meanwhile: then it starts no threads,
// each of which would ask for memory until there is some, and its OpenMP build binds none. In a program that uses OpenBLAS itself
// it stays as it is: while products of ours are under way it is told to use one thread, and after the last of them what it was told
// before. fork() waits for the end of products under way, so that no child finds OpenBLAS locked, or set to something else.
// Where OpenBLAS cannot be loaded, or has no room for its working memory, kernels of our own do its work: results then differ in
// the last bits, as they do between instruction sets.
#pragma once

#include "cambium/framework/kernels/real.h"

namespace cambium {

enum class Op { plain, transposed };

// A factor of a product.
struct Operand {
  const real* data;
  int stride;  // from one row to the next, as stored
  Op op = Op::plain;
};

// C (m, n) = alpha * op(A) (m, k) * op(B) (k, n) + beta * C. ldc: from one row of C to the next.
// With beta = 0 the old C is not read. Without OpenBLAS it is slow.
void gemm(int m, int n, int k, real alpha, const Operand& a, const Operand& b, real beta, real* c, int ldc);

// True when OpenBLAS is there; loads it. Called before the first step, because loading takes memory.
bool has_blas() noexcept;

// What BLAS this is ("OpenBLAS 0.3.21, pthread build, core Zen"), for the start-up line, or why there is none.
const char* blas_description();

// "", or the reason why the promise "the same bits for any number of threads" does not hold with this library.
const char* blas_warning();

}  // namespace cambium
