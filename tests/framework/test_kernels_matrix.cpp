// The matrix product at every instruction set against its definition, over sizes around every tile, strip and block.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

namespace {

using Values = std::vector<real>;
const real nan = std::numeric_limits<real>::quiet_NaN();

// A matrix as stored: its rows `stride` apart, the first one `shift` values behind the start; NaN lies between and around them.
struct Matrix {
  int rows, columns, stride, shift;
  Values values;

  Matrix(int rows_, int columns_, int stride_, int shift_ = 0) : rows(rows_), columns(columns_), stride(stride_), shift(shift_) {
    values.assign(static_cast<std::size_t>(rows * stride + shift + 1), nan);
  }
  real& at(int i, int j) { return values[static_cast<std::size_t>(i * stride + j + shift)]; }
  double value(int i, int j) const { return static_cast<double>(values[static_cast<std::size_t>(i * stride + j + shift)]); }
  real* data() { return values.data() + shift; }
  void draw(std::uint64_t seed) {
    const Random random(seed);
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j)
        at(i, j) = static_cast<real>(random.uniform(static_cast<std::size_t>(i * columns + j), -1, 1));
  }
};

// The operands of a product, as stored.
struct Product {
  Op op_a, op_b;
  int m, n, k;
  Matrix a, b, old;

  Product(Op op_a_, Op op_b_, int m_, int n_, int k_, int gap = 3, int shift = 0)
      : op_a(op_a_),
        op_b(op_b_),
        m(m_),
        n(n_),
        k(k_),
        a(op_a == Op::plain ? Matrix(m, k, k + gap, shift) : Matrix(k, m, m + gap, shift)),
        b(op_b == Op::plain ? Matrix(k, n, n + gap, shift) : Matrix(n, k, k + gap, shift)),
        old(m, n, n + gap, shift) {
    a.draw(1), b.draw(2), old.draw(3);
  }
  real& a_at(int i, int l) { return op_a == Op::plain ? a.at(i, l) : a.at(l, i); }
  real& b_at(int l, int j) { return op_b == Op::plain ? b.at(l, j) : b.at(j, l); }
  Matrix run(Isa isa, bool add) {
    Matrix c = old;
    if (!add) c.values.assign(c.values.size(), nan);  // must not be read
    kernels(isa).matrix.multiply(m, n, k, {a.data(), a.stride, op_a}, {b.data(), b.stride, op_b}, add, c.data(), c.stride);
    return c;
  }
};

void check(Product p) {
  std::vector<double> sums(static_cast<std::size_t>(p.m * p.n), 0);
  for (int i = 0; i < p.m; ++i)
    for (int l = 0; l < p.k; ++l) {
      const double from_a = static_cast<double>(p.a_at(i, l));
      for (int j = 0; j < p.n; ++j) sums[static_cast<std::size_t>(i * p.n + j)] += from_a * static_cast<double>(p.b_at(l, j));
    }
  for (const Isa isa : available_isas())
    for (const bool add : {false, true}) {
      const Matrix c = p.run(isa, add);
      double worst = 0;
      bool untouched = std::isnan(c.values.back());
      for (int i = 0; i < c.shift; ++i) untouched = untouched && std::isnan(c.values[static_cast<std::size_t>(i)]);
      for (int i = 0; i < p.m; ++i) {
        for (int j = 0; j < p.n; ++j) {
          const double error =
              std::fabs(c.value(i, j) - sums[static_cast<std::size_t>(i * p.n + j)] - (add ? p.old.value(i, j) : 0));
          worst = error <= worst ? worst : error;  // a NaN becomes the worst
        }
        for (int j = p.n; j < c.stride; ++j) untouched = untouched && std::isnan(c.value(i, j));
      }
      CAPTURE(name(isa));
      CAPTURE(p.m);
      CAPTURE(p.n);
      CAPTURE(p.k);
      CAPTURE(add);
      CHECK(worst <= 2 * (p.k + 2) * static_cast<double>(std::numeric_limits<real>::epsilon()));
      CHECK(untouched);
    }
}

void for_each_operation(auto call) {
  for (const Op op_a : {Op::plain, Op::transposed})
    for (const Op op_b : {Op::plain, Op::transposed}) call(op_a, op_b);
}

}  // namespace

TEST_CASE("multiply is what it says, for every operation and around every size of a tile") {
  for_each_operation([](Op op_a, Op op_b) {
    for (const int m : {1, 2, 3, 4, 5, 7, 8, 10, 27})
      for (const int n : {1, 5, 8, 16, 31, 49, 113})
        for (const int k : {1, 2, 15, 24, 41}) check({op_a, op_b, m, n, k});
    for (int n = 1; n < 40; ++n) check({op_a, op_b, 6, n, 25});
  });
}

TEST_CASE("multiply in blocks of k and strips of rows") {
  for_each_operation([](Op op_a, Op op_b) {
    for (const int k : {257, 513, 1025, 2050})
      for (const int m : {1, 11}) check({op_a, op_b, m, 21, k, 0});
    check({op_a, op_b, 97, 9, 50});
    check({op_a, op_b, 200, 10, 33});
  });
}

TEST_CASE("multiply where rows lie a page apart") {
  for_each_operation([](Op op_a, Op op_b) {
    for (const int m : {3, 20}) {
      check({op_a, op_b, m, 50, 20, 1024 - 50});
      check({op_a, op_b, m, 50, 20, 1024 - m});
    }
  });
}

TEST_CASE("multiply over nothing: an empty sum is 0, and no rows are no work") {
  for (const Isa isa : available_isas()) {
    const real nothing = 0;
    Values c = {5, 6, 7};
    const auto run = [&](int m, int n, bool add) {
      kernels(isa).matrix.multiply(m, n, 0, {&nothing, 1}, {&nothing, 2}, add, c.data(), 2);
    };
    run(1, 2, true), run(0, 2, false), run(1, 0, false);
    CHECK(c == Values{5, 6, 7});
    run(1, 2, false);
    CHECK(c == Values{0, 0, 7});
  }
}

TEST_CASE("multiply gives the same bits wherever the matrices lie") {
  for_each_operation([](Op op_a, Op op_b) {
    for (const int k : {1, 8, 31, 300})
      for (const Isa isa : available_isas()) {
        Product p(op_a, op_b, 13, 37, k), shifted(op_a, op_b, 13, 37, k, 3, 1);
        Matrix c = p.run(isa, true), again = shifted.run(isa, true);
        bool same = true;
        for (int i = 0; i < p.m; ++i) same = same && std::memcmp(&c.at(i, 0), &again.at(i, 0), 37 * sizeof(real)) == 0;
        CHECK(same);
      }
  });
}

TEST_CASE("multiply lets NaN and infinity through, into the row or column that they belong to and no other") {
  for_each_operation([](Op op_a, Op op_b) {
    for (const real poison : {nan, std::numeric_limits<real>::infinity()})
      for (const int k : {1, 9, 40})
        for (const Isa isa : available_isas())
          for (const bool in_a : {true, false}) {
            const int m = 11, n = 21, row = 10, column = 20;
            Product p(op_a, op_b, m, n, k);
            for (int i = 0; i < m; ++i) p.a_at(i, k - 1) = 0;  // 0 * infinity is NaN too
            for (int j = 0; j < n; ++j) p.b_at(k - 1, j) = 0;
            (in_a ? p.a_at(row, k - 1) : p.b_at(k - 1, column)) = poison;
            const Matrix c = p.run(isa, false);
            bool right = true;
            for (int i = 0; i < m; ++i)
              for (int j = 0; j < n; ++j) right = right && std::isnan(c.value(i, j)) == (in_a ? i == row : j == column);
            CHECK(right);
          }
  });
}

}  // namespace cambium
