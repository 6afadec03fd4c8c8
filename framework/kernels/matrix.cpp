// The matrices of small networks fit into the caches: here products run over them as they lie, without copies into a better order.
//   C = A B and A^T B   tiles that read B's rows beside each other (dense: dx and dw)
//   C = A B^T           tiles of dot products along k (dense: y)
// C is cut into tiles that differ in size by at most one row and one vector, so that no small rest runs at a small tile's speed.
// Along k both go in blocks, for the caches. So the order of a sum depends on k alone, but for what is left to BLAS.
#include "cambium/framework/kernels/matrix.h"

#include "cambium/framework/kernels/matrix_tile.h"
#include "cambium/framework/kernels/parts.h"

namespace cambium::CAMBIUM_ISA {
namespace {

struct Product {
  int m, n, k;
  Operand a, b;
  bool add;
  real* c;
  Index ldc;

  Strides a_strides() const { return a.op == Op::plain ? Strides{a.stride, 1} : Strides{1, a.stride}; }
};

// Where OpenBLAS is faster. It copies the matrices into the order that its kernels read them in. Measured on Zen 5 against OpenBLAS
// 0.3.21, that pays
// - without AVX2, where its kernels are better than ours;
// - for A B^T with a short k, where dot products spend their time on the last additions: 64 x 64 x 16 at 84 GFLOP/s, ours at 73,
//   with AVX2 at 51;
// - with AVX2 where rows lie a multiple of 4096 bytes apart: they drive each other out of the first cache and come again for each
//   half of a line. 256 x 1024 x 64 of A^T B at 115 GFLOP/s, ours at 66 (with AVX-512, which reads whole lines, at 217);
// - with AVX2 where the second cache is too small as well: 2000 x 1999 x 777 at 110 GFLOP/s, ours at 104.
bool blas_is_faster(const Product& p) {
  constexpr bool avx2 = vector_bytes == 32;
  constexpr Index bytes = sizeof(real);
  const bool a_transposed = p.a.op == Op::transposed, b_transposed = p.b.op == Op::transposed;
  if (a_transposed && b_transposed) return true;  // no layer has it, so there is no kernel of ours
  if (!has_blas()) return false;
  if (vector_bytes < 32) return true;
  if (avx2 && p.m >= 128 && static_cast<Index>(p.n) * p.k > (4 << 20) / bytes) return true;
  if (b_transposed) return p.m >= 16 && p.k < (avx2 ? 40 : 24);
  if (!avx2 || p.m < 8 || p.k < 8) return false;
  return p.b.stride * bytes % 4096 == 0 || (a_transposed && p.a.stride * bytes % 2048 == 0);
}

// Every tile that fits into the registers.
constexpr int most_rows = 12, most_vectors = 8;
constexpr bool fits(int rows, int vectors) {
  const int registers = rows * vectors + vectors + 1;  // the sums, a row of B, a value of A
  return rows <= most_rows && vectors <= most_vectors && registers <= vector_registers;
}
using MatrixTile = void (*)(int k, const real* a, Strides strides, const real* b, Index ldb, bool add, real* c, Index ldc,
                            int last);
struct Tiles {
  MatrixTile all[2 * most_rows * most_vectors];
  MatrixTile of(bool whole, int rows, int vectors) const {
    return all[(whole * most_rows + rows - 1) * most_vectors + vectors - 1];
  }
};
template <bool whole, int rows, int vectors>
constexpr MatrixTile tile_or_none() {
  if constexpr (fits(rows, vectors)) return tile<rows, vectors, whole>;
  return nullptr;
}
template <int... i>
constexpr Tiles all_tiles(Indices<i...>) {
  constexpr int v = most_vectors, r = most_rows;
  return {{tile_or_none<i / v / r == 1, i / v % r + 1, i % v + 1>()...}};
}
constexpr Tiles tiles = all_tiles(IndicesBelow<2 * most_rows * most_vectors>());

// Three vectors of B make the best of the registers: 9 rows fit beside them into 32 registers, 4 into 16, with few loads for each
// product. With fewer rows, more vectors: two multiply-adds a cycle, each 4 cycles long, need 8 sums under way.
int vectors_of_tile(int m) {
  int vectors = 3;
  while (fits(m, vectors + 1)) ++vectors;
  return vectors;
}
int rows_of_tile(int vectors) {
  int rows = 1;
  while (fits(rows + 1, vectors)) ++rows;
  return rows;
}

// 256 rows of B, three vectors wide, stay in the first cache or the second while all rows of A pass.
void multiply_tiles(const Product& p) {
  const Strides strides = p.a_strides();
  const Index ldb = p.b.stride;
  const Parts across((p.n + width - 1) / width, vectors_of_tile(p.m)), depth(p.k, 256);
  const Parts down(p.m, rows_of_tile(across.longest()));
  for (const Part d : depth)
    for (const Part s : across) {
      const int j = s.begin * width, end = (s.begin + s.size) * width, last = end <= p.n ? width : p.n - (end - width);
      for (const Part q : down) {
        const Index i = q.begin, l = d.begin;
        const MatrixTile run = tiles.of(last == width, q.size, s.size);
        run(d.size, p.a.data + i * strides.row + l * strides.k, strides, p.b.data + l * ldb + j, ldb, p.add || l > 0,
            p.c + i * p.ldc + j, p.ldc, last);
      }
    }
}

// k = 1: each row of C is written from one end to the other, as fast as memory takes it.
void multiply_outer(const Product& p) {
  const real *a = p.a.data, *const b = p.b.data;
  const Index next = p.a_strides().row;
  const int n = p.n;
  real* c = p.c;
  for (int i = 0; i < p.m; ++i, a += next, c += p.ldc) {
    const Vec factor = broadcast(*a);
    int j = 0;
    if (p.add)
      for (; j + width <= n; j += width) store(c + j, fma(factor, load(b + j), load(c + j)));
    else
      for (; j + width <= n; j += width) store(c + j, factor * load(b + j));
    if (j == n) continue;
    const Vec rest = load_partial(b + j, n - j);
    store_partial(c + j, p.add ? fma(factor, rest, load_partial(c + j, n - j)) : factor * rest, n - j);
  }
}

// 3 x 8 dot products of 32 registers, 3 x 4 of 16, and 8 of a single row, so that enough sums are under way. They are added up in
// vectors, so no more columns than values in one.
constexpr int dot_rows = 3, most_dots = width < 8 ? width : 8;
constexpr int dot_columns(int rows) { return rows == 1 || vector_registers == 32 || most_dots < 4 ? most_dots : 4; }
using Dots = void (*)(int k, const real* a, Index lda, const real* b, Index ldb, bool add, real* c, Index ldc);
struct EveryDots {
  Dots all[dot_rows * most_dots];
  Dots of(int rows, int columns) const { return all[(rows - 1) * most_dots + columns - 1]; }
};
template <int rows, int columns>
constexpr Dots dots_or_none() {
  if constexpr (columns <= dot_columns(rows)) return dots<rows, columns>;
  return nullptr;
}
template <int... i>
constexpr EveryDots all_dots(Indices<i...>) {
  return {{dots_or_none<i / most_dots + 1, i % most_dots + 1>()...}};
}
constexpr EveryDots every_dots = all_dots(IndicesBelow<dot_rows * most_dots>());

// A tile's rows of B, at most 8 x 1024, stay in the first cache while 96 rows of A pass; those stay in the second for the next.
void multiply_dots(const Product& p) {
  const Index lda = p.a.stride, ldb = p.b.stride;
  const Parts depth((p.k + width - 1) / width, 1024 / width), blocks(p.m, 96);
  const Parts across(p.n, p.m == 1 ? dot_columns(1) : dot_columns(dot_rows));
  for (const Part d : depth) {
    const int l = d.begin * width, end = l + d.size * width, steps = (end < p.k ? end : p.k) - l;
    for (const Part block : blocks) {
      const Parts down(block.size, dot_rows);
      for (const Part s : across)
        for (const Part q : down) {
          const Index i = block.begin + q.begin, j = s.begin;
          const Dots run = every_dots.of(q.size, s.size);
          run(steps, p.a.data + i * lda + l, lda, p.b.data + j * ldb + l, ldb, p.add || l > 0, p.c + i * p.ldc + j, p.ldc);
        }
    }
  }
}

void multiply_by_blas(const Product& p) { gemm(p.m, p.n, p.k, 1, p.a, p.b, p.add ? 1 : 0, p.c, static_cast<int>(p.ldc)); }

// The first that applies is taken.
struct ProductAlgorithm {
  const char* name;
  bool (*applies)(const Product& p);
  void (*run)(const Product& p);
};
constexpr ProductAlgorithm algorithms[] = {
    {"outer", [](const Product& p) { return p.k == 1 && p.b.op == Op::plain; }, multiply_outer},
    {"blas", blas_is_faster, multiply_by_blas},
    {"dots", [](const Product& p) { return p.b.op == Op::transposed; }, multiply_dots},
    {"tiles", [](const Product&) { return true; }, multiply_tiles}};
const ProductAlgorithm& algorithm_for(const Product& p) {
  const ProductAlgorithm* algorithm = algorithms;
  while (!algorithm->applies(p)) ++algorithm;
  return *algorithm;
}

void multiply(int m, int n, int k, const Operand& a, const Operand& b, bool add, real* c, int ldc) {
  if (m <= 0 || n <= 0 || (k <= 0 && add)) return;
  const Product p = {m, n, k, a, b, add, c, ldc};
  if (k > 0) return algorithm_for(p).run(p);
  for (Index i = 0; i < m; ++i) memset(c + i * ldc, 0, static_cast<size_t>(n) * sizeof(real));
}

const char* algorithm(int m, int n, int k, const Operand& a, const Operand& b) {
  return algorithm_for({m, n, k, a, b, false, nullptr, n}).name;
}

}  // namespace

extern const MatrixKernels matrix_kernels;
const MatrixKernels matrix_kernels = {.multiply = multiply, .algorithm = algorithm};

}  // namespace cambium::CAMBIUM_ISA
