// The one seam to BLAS against its definition, for every operation and for the thin shapes that take other ways.
#include <dlfcn.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <thread>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/base/thread_pool.h"
#include "cambium/framework/kernels/blas.h"
#include "tests/support/in_child.h"

namespace cambium {

namespace {

using Values = std::vector<real>;

// A matrix whose rows lie further apart than they are long; what lies between is poison.
struct Matrix {
  Values values;
  int stride;
};
Matrix draw(int rows, int columns, std::uint64_t seed) {
  Matrix m{{}, columns + 3};
  m.values.assign(static_cast<std::size_t>(rows * m.stride), std::numeric_limits<real>::quiet_NaN());
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) {
      const auto at = static_cast<std::size_t>(i * m.stride + j);
      m.values[at] = static_cast<real>(Random(seed).uniform(at, -1, 1));
    }
  return m;
}
double value(const Matrix& m, int i, int j) { return static_cast<double>(m.values[static_cast<std::size_t>(i * m.stride + j)]); }

void check_gemm(Op op_a, Op op_b, int m, int n, int k, double alpha, double beta) {
  const Matrix a = op_a == Op::plain ? draw(m, k, 1) : draw(k, m, 1), b = op_b == Op::plain ? draw(k, n, 2) : draw(n, k, 2);
  Matrix c = draw(m, n, 3);
  const Matrix old = c;
  if (beta == 0) std::fill(c.values.begin(), c.values.end(), std::numeric_limits<real>::quiet_NaN());  // must not be read
  gemm(m, n, k, static_cast<real>(alpha), {a.values.data(), a.stride, op_a}, {b.values.data(), b.stride, op_b},
       static_cast<real>(beta), c.values.data(), c.stride);
  double worst = 0;
  bool untouched = true;
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < n; ++j) {
      double sum = 0;
      for (int l = 0; l < k; ++l)
        sum += (op_a == Op::plain ? value(a, i, l) : value(a, l, i)) * (op_b == Op::plain ? value(b, l, j) : value(b, j, l));
      const double expected = alpha * sum + (beta == 0 ? 0 : beta * value(old, i, j));
      const double error = std::fabs(value(c, i, j) - expected);
      worst = error <= worst ? worst : error;  // a NaN becomes the worst
    }
    for (int j = n; j < c.stride; ++j) untouched = untouched && std::isnan(value(c, i, j));
  }
  CAPTURE(m);
  CAPTURE(n);
  CAPTURE(k);
  CAPTURE(beta);
  CHECK(worst <= 2 * (k + 2) * static_cast<double>(std::numeric_limits<real>::epsilon()));
  CHECK(untouched);
}

}  // namespace

TEST_CASE("gemm is what it says, for every operation, thin or not") {
  const int lengths[] = {1, 2, 3, 4, 5, 17, 33};
  for (const Op op_a : {Op::plain, Op::transposed})
    for (const Op op_b : {Op::plain, Op::transposed})
      for (const int m : lengths)
        for (const int n : lengths)
          for (const int k : {1, 2, 31, 32, 40})
            for (const double beta : {0.0, 1.0, -0.5}) check_gemm(op_a, op_b, m, n, k, beta == 1 ? 1 : 0.75, beta);
}

TEST_CASE("gemm over nothing: an empty sum is 0, and no rows are no work") {
  Values c = {5, 6};
  const real nothing = 0;
  gemm(1, 2, 0, 1, {&nothing, 1}, {&nothing, 2}, 1, c.data(), 2);
  CHECK(c == Values{5, 6});
  gemm(1, 2, 0, 1, {&nothing, 1}, {&nothing, 2}, 0, c.data(), 2);
  CHECK(c == Values{0, 0});
  gemm(0, 2, 3, 1, {nullptr, 3}, {nullptr, 2}, 0, nullptr, 2);
}

TEST_CASE("BLAS says what it is, and keeps to one thread") {
  const std::string description = blas_description();
  CHECK(description.substr(0, 9) == "OpenBLAS ");
  CHECK(description.find(" build, core ") != std::string::npos);
  const std::string reason = blas_warning();
  if (!reason.empty()) MESSAGE("no promise of the same bits: ", reason);
}

TEST_CASE("a program's own setting of OpenBLAS stays, also in a child that is forked in the middle, and changes no bit") {
  if (!has_blas()) {
    MESSAGE("no OpenBLAS");
    return;
  }
  void* const library = dlopen("libopenblas.so.0", RTLD_NOW);
  REQUIRE(library != nullptr);
  const auto get = reinterpret_cast<int (*)()>(dlsym(library, "openblas_get_num_threads"));
  const auto set = reinterpret_cast<void (*)(int)>(dlsym(library, "openblas_set_num_threads"));
  constexpr int n = 200;
  const Matrix a = draw(n, n, 1), b = draw(n, n, 2);
  const auto product = [&] {
    Values c(n * n);
    gemm(n, n, n, 1, {a.values.data(), a.stride}, {b.values.data(), b.stride}, 0, c.data(), n);
    return c;
  };
  const int before = get();
  const Values expected = product();
  CHECK(get() == before);
  set(2);
  CHECK(product() == expected);
  CHECK(get() == 2);
  const ThreadPool lanes(2);
  CHECK(get() == 2);
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&] {
      for (int i = 0; i < 40; ++i) wrong += product() != expected;
    });
  for (int i = 0; i < 5 && !cambium_tests::thread_sanitizer; ++i)  // OpenBLAS starts its threads anew in a child
    CHECK(cambium_tests::holds_in_child([&] { return get() == 2 && product() == expected && get() == 2; }));
  for (std::thread& caller : callers) caller.join();
  CHECK(wrong == 0);
  CHECK(get() == 2);
  set(before);
}

}  // namespace cambium
