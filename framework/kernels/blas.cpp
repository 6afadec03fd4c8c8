#include "cambium/framework/kernels/blas.h"

#include <cblas.h>
#include <dlfcn.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace cambium {

namespace {

#ifdef CAMBIUM_F64
constexpr auto blas_gemm = cblas_dgemm;
constexpr auto blas_gemv = cblas_dgemv;
#else
constexpr auto blas_gemm = cblas_sgemm;
constexpr auto blas_gemv = cblas_sgemv;
#endif

CBLAS_TRANSPOSE blas_op(Op op) { return op == Op::plain ? CblasNoTrans : CblasTrans; }

std::ptrdiff_t at(int row, int stride) { return static_cast<std::ptrdiff_t>(row) * stride; }

// y (out, a value every step_y) = alpha * op(A) (out, in) * x + beta * y.
void matrix_times_vector(Op op, int out, int in, real alpha, const real* a, int lda, const real* x, int step_x, real beta, real* y,
                         int step_y) {
  // Some versions of gemv multiply what is in y by a beta of 0, which leaves a NaN where one was.
  if (beta == 0)
    for (int i = 0; i < out; ++i) y[at(i, step_y)] = 0;
  if (op == Op::plain) blas_gemv(CblasRowMajor, CblasNoTrans, out, in, alpha, a, lda, x, step_x, beta, y, step_y);
  else blas_gemv(CblasRowMajor, CblasTrans, in, out, alpha, a, lda, x, step_x, beta, y, step_y);
}

// C = alpha * a b^T + beta * C: bound by memory, and BLAS's rank-one update cannot overwrite.
void outer_product(int m, int n, real alpha, const real* a, int step_a, const real* b, int step_b, real beta, real* c, int ldc) {
  for (int i = 0; i < m; ++i) {
    const real factor = alpha * a[at(i, step_a)];
    real* row = c + at(i, ldc);
    if (beta == 0)
      for (int j = 0; j < n; ++j) row[j] = factor * b[at(j, step_b)];
    else
      for (int j = 0; j < n; ++j) row[j] = beta * row[j] + factor * b[at(j, step_b)];
  }
}

}  // namespace

void gemm(Op op_a, Op op_b, int m, int n, int k, real alpha, const real* a, int lda, const real* b, int ldb, real beta, real* c,
          int ldc) {
  if (m <= 0 || n <= 0) return;
  // Packing does not pay for a few rows: 1 x 784 times 784 x 256 takes 8 us as a gemv and 52 us as a gemm, 3 rows 24 and 76 us.
  const int thin = k >= 32 ? 3 : 1;
  if (k == 1) {
    outer_product(m, n, alpha, a, op_a == Op::plain ? lda : 1, b, op_b == Op::plain ? 1 : ldb, beta, c, ldc);
  } else if (m <= thin && k > 0) {
    const Op op = op_b == Op::plain ? Op::transposed : Op::plain;
    for (int i = 0; i < m; ++i)
      matrix_times_vector(op, n, k, alpha, b, ldb, a + (op_a == Op::plain ? at(i, lda) : i), op_a == Op::plain ? 1 : lda, beta,
                          c + at(i, ldc), 1);
  } else if (n <= thin && k > 0) {
    for (int j = 0; j < n; ++j)
      matrix_times_vector(op_a, m, k, alpha, a, lda, b + (op_b == Op::plain ? j : at(j, ldb)), op_b == Op::plain ? ldb : 1, beta,
                          c + j, ldc);
  } else {
    blas_gemm(CblasRowMajor, blas_op(op_a), blas_op(op_b), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  }
}

std::string blas_description() {
  const std::string_view config = openblas_get_config();  // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
  const std::size_t name_end = config.find(' ');
  const std::size_t version_end = name_end == config.npos ? config.npos : config.find(' ', name_end + 1);
  const int parallel = openblas_get_parallel();
  const char* build = parallel == 0 ? "sequential" : parallel == 1 ? "pthread" : "OpenMP";
  return std::string(config.substr(0, version_end)) + ", " + build + " build, core " + openblas_get_corename();
}

std::string use_one_blas_thread() {
  openblas_set_num_threads(1);
  if (openblas_get_parallel() != 2) return "";
  // An OpenMP build asks OpenMP instead, whose setting belongs to the calling thread. We do not link it, OpenBLAS does.
  const auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  const auto get = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
  if (set != nullptr) set(1);
  if (set != nullptr && get != nullptr && get() == 1) return "";
  return blas_description() + " takes its number of threads from OpenMP, which could not be set to one";
}

}  // namespace cambium
