// The matrices of small networks fit into the caches: here products run over them as they lie, without copies into a better order.
//   C = A B and A^T B   tiles that read B's rows beside each other (dense: dx and dw)
//   C = A B^T           tiles of dot products along k (dense: y)
// C is cut into tiles that differ in size by at most one row and one vector, so that no small rest runs at a small tile's speed.
// Along k both go in blocks, for the caches. So the order of a sum depends on k alone, but for what is left to BLAS.
#include "cambium/framework/kernels/matrix.h"

#include "cambium/framework/kernels/matrix_tile.h"

namespace cambium::CAMBIUM_ISA {
namespace {

// Where OpenBLAS is. It copies the matrices into the order that its kernels read them in. Measured on Zen 5 against OpenBLAS
// 0.3.21, that pays
// - without AVX2, where its kernels are better than ours;
// - for A B^T with a short k, where dot products spend their time on the last additions: 64 x 64 x 16 at 84 GFLOP/s, ours at 73,
//   with AVX2 at 51;
// - with AVX2 where rows lie a multiple of 4096 bytes apart: they drive each other out of the first cache and come again for each
//   half of a line. 256 x 1024 x 64 of A^T B at 115 GFLOP/s, ours at 66 (with AVX-512, which reads whole lines, at 217);
// - with AVX2 where the second cache is too small as well: 2000 x 1999 x 777 at 110 GFLOP/s, ours at 104.
bool blas_is_faster(Op op_a, Op op_b, Index m, Index n, Index k, Index lda, Index ldb) {
  constexpr bool avx2 = vector_bytes == 32;
  if (op_a == Op::transposed && op_b == Op::transposed) return true;  // nobody asks for it, so there is no kernel of ours
  if (!has_blas()) return false;
  if (vector_bytes < 32) return true;
  if (avx2 && m >= 128 && n * k > (4 << 20) / Index{sizeof(real)}) return true;
  if (op_b == Op::transposed) return m >= 16 && k < (avx2 ? 40 : 24);
  if (!avx2 || m < 8 || k < 8) return false;
  return ldb * Index{sizeof(real)} % 4096 == 0 || (op_a == Op::transposed && lda * Index{sizeof(real)} % 2048 == 0);
}

// A length cut into as few parts as fit into `most`, all about as long.
struct Parts {
  int length, count;
  Parts(int length_, int most) : length(length_), count((length_ + most - 1) / most) {}
  int begin(int i) const { return static_cast<int>(static_cast<Index>(i) * length / count); }
  int size(int i) const { return begin(i + 1) - begin(i); }
  int longest() const { return (length + count - 1) / count; }
};

// Every tile that fits into the registers.
constexpr int most_rows = 12, most_vectors = 8;
constexpr bool fits(int rows, int vectors) {
  const int registers = rows * vectors + vectors + 1;  // the sums, a row of B, a value of A
  return rows <= most_rows && vectors <= most_vectors && registers <= vector_registers;
}
using Tile = void (*)(int k, const real* a, Walk walk, const real* b, Index ldb, bool add, real* c, Index ldc, int last);
struct Tiles {
  Tile all[2 * most_rows * most_vectors];
  Tile of(bool whole, int rows, int vectors) const { return all[(whole * most_rows + rows - 1) * most_vectors + vectors - 1]; }
};
template <bool whole, int rows, int vectors>
constexpr Tile tile_or_none() {
  if constexpr (fits(rows, vectors)) return tile<rows, vectors, whole>;
  return nullptr;
}
template <int... i>
constexpr Tiles all_tiles(std::integer_sequence<int, i...>) {
  constexpr int v = most_vectors, r = most_rows;
  return {{tile_or_none<i / v / r == 1, i / v % r + 1, i % v + 1>()...}};
}
constexpr Tiles tiles = all_tiles(std::make_integer_sequence<int, 2 * most_rows * most_vectors>());

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
void multiply_rows(int m, int n, int k, const real* a, Walk walk, const real* b, Index ldb, bool add, real* c, Index ldc) {
  const Parts across((n + width - 1) / width, vectors_of_tile(m)), depth(k, 256);
  const Parts down(m, rows_of_tile(across.longest()));
  for (int d = 0; d < depth.count; ++d) {
    const Index l = depth.begin(d);
    for (int p = 0; p < across.count; ++p) {
      const int j = across.begin(p) * width, end = across.begin(p + 1) * width;
      const int last = end <= n ? width : n - (end - width);
      for (int q = 0; q < down.count; ++q) {
        const Index i = down.begin(q);
        const Tile run = tiles.of(last == width, down.size(q), across.size(p));
        run(depth.size(d), a + i * walk.row + l * walk.k, walk, b + l * ldb + j, ldb, add || d > 0, c + i * ldc + j, ldc, last);
      }
    }
  }
}

// k = 1: each row of C is written from one end to the other, as fast as memory takes it.
void multiply_outer(int m, int n, const real* a, Index row, const real* b, bool add, real* c, Index ldc) {
  for (int i = 0; i < m; ++i, a += row, c += ldc) {
    const Vec factor = fill(*a);
    int j = 0;
    if (add)
      for (; j + width <= n; j += width) store(c + j, fused(factor, load(b + j), load(c + j)));
    else
      for (; j + width <= n; j += width) store(c + j, factor * load(b + j));
    if (j == n) continue;
    const Vec rest = load_first(b + j, n - j);
    store_first(c + j, add ? fused(factor, rest, load_first(c + j, n - j)) : factor * rest, n - j);
  }
}

// 3 x 8 dot products of 32 registers, 3 x 4 of 16; their sums are added up in vectors, so no more columns than values in one.
constexpr int dot_rows = 3, dot_columns = vector_registers == 32 ? 8 : width < 4 ? width : 4;
using Dots = void (*)(int k, const real* a, Index lda, const real* b, Index ldb, bool add, real* c, Index ldc);
struct EveryDots {
  Dots all[dot_rows * dot_columns];
  Dots of(int rows, int columns) const { return all[(rows - 1) * dot_columns + columns - 1]; }
};
template <int... i>
constexpr EveryDots all_dots(std::integer_sequence<int, i...>) {
  return {{dots<i / dot_columns + 1, i % dot_columns + 1>...}};
}
constexpr EveryDots every_dots = all_dots(std::make_integer_sequence<int, dot_rows * dot_columns>());

// A tile's rows of B, at most 8 x 1024, stay in the first cache while 96 rows of A pass; those stay in the second for the next.
void multiply_dots(int m, int n, int k, const real* a, Index lda, const real* b, Index ldb, bool add, real* c, Index ldc) {
  const Parts depth((k + width - 1) / width, 1024 / width), across(n, dot_columns), strips(m, 96);
  for (int d = 0; d < depth.count; ++d) {
    const int l = depth.begin(d) * width, end = depth.begin(d + 1) * width, steps = (end < k ? end : k) - l;
    for (int s = 0; s < strips.count; ++s) {
      const Parts down(strips.size(s), dot_rows);
      for (int p = 0; p < across.count; ++p)
        for (int q = 0; q < down.count; ++q) {
          const Index i = strips.begin(s) + down.begin(q), j = across.begin(p);
          const Dots run = every_dots.of(down.size(q), across.size(p));
          run(steps, a + i * lda + l, lda, b + j * ldb + l, ldb, add || d > 0, c + i * ldc + j, ldc);
        }
    }
  }
}

void multiply(Op op_a, Op op_b, int m, int n, int k, const real* a, int lda, const real* b, int ldb, bool add, real* c, int ldc) {
  if (m <= 0 || n <= 0 || (k <= 0 && add)) return;
  const Walk walk = op_a == Op::plain ? Walk{lda, 1} : Walk{1, lda};
  if (k <= 0) {
    for (Index i = 0; i < m; ++i) memset(c + i * ldc, 0, static_cast<size_t>(n) * sizeof(real));
  } else if (k == 1 && op_b == Op::plain) {
    multiply_outer(m, n, a, walk.row, b, add, c, ldc);
  } else if (blas_is_faster(op_a, op_b, m, n, k, lda, ldb)) {
    gemm(op_a, op_b, m, n, k, 1, a, lda, b, ldb, add ? 1 : 0, c, ldc);
  } else if (op_b == Op::transposed) {
    multiply_dots(m, n, k, a, lda, b, ldb, add, c, ldc);
  } else {
    multiply_rows(m, n, k, a, walk, b, ldb, add, c, ldc);
  }
}

}  // namespace

extern const MatrixKernels matrix_kernels;
const MatrixKernels matrix_kernels = {.multiply = multiply};

}  // namespace cambium::CAMBIUM_ISA
