// Direct gradient of the weights: filters lie side by side in the lanes of vectors, and values of x are broadcast to them.
//
//   dw(channel, tap, filters) += x(channel, position + tap) * dy(position, filters)
//
// dy, which lies filter by filter, is transposed first, once; then sums for some rows of the kernel stay in registers over all
// positions of an image.
#include <string.h>

#include "cambium/framework/kernels/convolution/lanes.h"
#include "cambium/framework/kernels/convolution/padded.h"

namespace cambium::CAMBIUM_ISA {

namespace {

constexpr int most_vectors = 2, most_rows = 9, widest_kernel = 5;
// Sums in registers; the others hold the values of dy and of x.
constexpr int most_sums = vector_registers - 4;
// A row of the kernel, in one channel, yields as many sums as the kernel is wide. So many rows are computed at once:
constexpr int rows_at_once(int kernel_width, int vectors) {
  const int rows = most_sums / (kernel_width * vectors);
  return rows < most_rows ? rows : most_rows;
}

// A row of the kernel in one channel.
struct KernelRow {
  const real* plane;
  int row;
};

// Over the positions of an image: in dy in order, in x by steps.
struct ImageRows {
  int rows, columns;
  Index step_height, above, x_rows;
  Index row, step;    // in x, from one row to the next, and from one position to the next
  const real* zeros;  // a row of x above and below the image
};

// sums (rows, kernel width, vectors) = [sums] + the products over all positions.
template <int group, int vectors, int kernel_width, int rows>
void correlate(const ImageRows& at, const KernelRow* x, const real* dy, bool add, real* sums) {
  Vec sum[rows][kernel_width][vectors] = {};
  for (Index r = 0; r < at.rows; ++r) {
    const real* from[rows];
#pragma GCC unroll 32
    for (int u = 0; u < rows; ++u) {
      const Index y = r * at.step_height + x[u].row - at.above;
      from[u] = y >= 0 && y < at.x_rows ? x[u].plane + y * at.row : at.zeros;
    }
    for (Index column = 0, end = at.columns * at.step; column < end; column += at.step, dy += vectors * width) {
      Vec d[vectors];
#pragma GCC unroll 32
      for (int v = 0; v < vectors; ++v) d[v] = load(dy + v * width);
#pragma GCC unroll 32
      for (int u = 0; u < rows; ++u)
#pragma GCC unroll 32
        for (int k = 0; k < kernel_width; ++k) {
          const Vec value = broadcast<group>(from[u] + column + k * group);
#pragma GCC unroll 32
          for (int v = 0; v < vectors; ++v) sum[u][k][v] = fma(value, d[v], sum[u][k][v]);
        }
    }
  }
#pragma GCC unroll 32
  for (int u = 0; u < rows; ++u)
#pragma GCC unroll 32
    for (int k = 0; k < kernel_width; ++k)
#pragma GCC unroll 32
      for (int v = 0; v < vectors; ++v) {
        real* to = sums + ((u * kernel_width + k) * vectors + v) * width;
        store(to, add ? load(to) + sum[u][k][v] : sum[u][k][v]);
      }
}

using Correlate = void (*)(const ImageRows& at, const KernelRow* x, const real* dy, bool add, real* sums);

template <int group, int vectors, int kernel_width, int... less>
Correlate pick_rows(int rows, Indices<less...>) {
  static constexpr Correlate all[] = {correlate<group, vectors, kernel_width, less + 1>...};
  return all[rows - 1];
}
template <int group, int vectors>
Correlate pick(int kernel_width, int rows) {
  switch (kernel_width) {
    case 2: return pick_rows<group, vectors, 2>(rows, IndicesBelow<rows_at_once(2, vectors)>());
    case 3: return pick_rows<group, vectors, 3>(rows, IndicesBelow<rows_at_once(3, vectors)>());
    case 4: return pick_rows<group, vectors, 4>(rows, IndicesBelow<rows_at_once(4, vectors)>());
    default: return pick_rows<group, vectors, 5>(rows, IndicesBelow<rows_at_once(5, vectors)>());
  }
}
Correlate pick(int group, int vectors, int kernel_width, int rows) {
  if (group == 2) return pick<2, 1>(kernel_width, rows);
  return vectors == 1 ? pick<1, 1>(kernel_width, rows) : pick<1, 2>(kernel_width, rows);
}

// transposed (position, lane) = dy (filter, position), for `vectors` vectors from filter f on. Where two rows share a vector,
// `positions` counts those of the upper half of the image, and the lower half lies beside them.
void transpose_dy(const Convolution& of, const Lanes& lanes, const real* dy, int f, int vectors, real* transposed) {
  const Index plane = plane_out(of.window), positions = plane / lanes.group;
  for (int v = 0; v < vectors; ++v, f += lanes.filters) {
    const real* row[width];
    for (int i = 0; i < width; ++i)
      row[i] = f + i / lanes.group < of.filters ? dy + (f + i / lanes.group) * plane + i % lanes.group * positions : nullptr;
    for (Index p = 0; p < positions; p += width) {
      const int count = positions - p < width ? static_cast<int>(positions - p) : width;
      Vec rows[width];
      if (count == width)
        for (int i = 0; i < width; ++i) rows[i] = row[i] ? load(row[i] + p) : Vec{};
      else
        for (int i = 0; i < width; ++i) rows[i] = row[i] ? load_partial(row[i] + p, count) : Vec{};
      transpose(rows);
      for (int i = 0; i < count; ++i) store(transposed + ((p + i) * vectors + v) * width, rows[i]);
    }
  }
}

// dw (filter, place) = [dw if add] + sums (place, lane), the lanes of a filter added up.
void collect(const Convolution& of, const Lanes& lanes, const real* sums, int f, int vectors, Index places, bool add, real* dw) {
  for (int v = 0; v < vectors; ++v, f += lanes.filters)
    for (Index p = 0; p < places; p += width) {
      const int count = places - p < width ? static_cast<int>(places - p) : width;
      Vec rows[width];
      for (int i = 0; i < width; ++i) rows[i] = i < count ? load(sums + ((p + i) * vectors + v) * width) : Vec{};
      transpose(rows);
      for (int i = 0; i < lanes.filters && f + i < of.filters; ++i) {
        Vec total = rows[i * lanes.group];
        for (int s = 1; s < lanes.group; ++s) total += rows[i * lanes.group + s];
        real* to = dw + (f + i) * places + p;
        store_partial(to, add ? load_partial(to, count) + total : total, count);
      }
    }
}

Padded padded_for_params(const Window& w, const Lanes& lanes) {
  return Padded({w.channels, w.height, w.width}, w.pad_width, w.pad_width, lanes.group, w.out_height / 2 * w.stride_height,
                w.pad_height);
}

// Rows share a vector only if none is left over: what stood beside it would be multiplied with values of x, be they NaN.
Lanes lanes_of(const Convolution& of) { return Lanes(of.filters, of.window.out_height % 2 == 0); }

// Where the sums of these vectors lie: places, and room for rows of the kernel past the last.
Index sums_of(const Window& w, Index vectors) { return (w.channels * taps_of(w) + most_rows * w.kernel_width) * vectors * width; }

// visit(first vector, how many), for the vectors of filters that are computed at once.
template <class Visit>
void for_each_block(const Lanes& lanes, Visit visit) {
  for (int first = 0; first < lanes.vectors; first += most_vectors)
    visit(first, lanes.vectors - first < most_vectors ? lanes.vectors - first : most_vectors);
}

// All rows of the kernel, in all channels, for one block of filters over one image.
void correlate_rows(const Window& w, const Padded& padded, const ImageRows& at, const real* image, int vectors, const real* dy,
                    bool add, real* sums) {
  const Index rows = static_cast<Index>(w.channels) * w.kernel_height;
  const int most = rows_at_once(w.kernel_width, vectors);
  const Index blocks = (rows + most - 1) / most, size = (rows + blocks - 1) / blocks;
  const Correlate correlate = pick(padded.group, vectors, w.kernel_width, static_cast<int>(size));
  for (Index b = 0; b < blocks; ++b) {
    KernelRow start[most_rows];
    for (Index i = 0; i < size; ++i) {
      const Index row = b * size + i < rows ? b * size + i : rows - 1;  // sums of rows past the last are dropped
      start[i] = {image + row / w.kernel_height * padded.plane, static_cast<int>(row % w.kernel_height)};
    }
    correlate(at, start, dy, add, sums + b * size * w.kernel_width * vectors * width);
  }
}

bool applies(const Convolution& of) {
  const Window& w = of.window;
  return w.kernel_width >= 2 && w.kernel_width <= widest_kernel && w.out_width >= 4;
}

Index workspace(const Convolution& of) {
  const Lanes lanes = lanes_of(of);
  const Padded padded = padded_for_params(of.window, lanes);
  return padded.row + padded.values() + plane_out(of.window) * most_vectors * width + sums_of(of.window, lanes.vectors);
}

void backward_params(const Convolution& of, const real* x, const real* dy, real* dw, int samples, bool add, real* workspace) {
  const Window& w = of.window;
  const Lanes lanes = lanes_of(of);
  const Padded padded = padded_for_params(w, lanes);
  real *const zeros = workspace, *const room = zeros + padded.row, *const transposed = room + padded.values(),
              *const sums = transposed + plane_out(w) * most_vectors * width;
  const ImageRows at = {w.out_height / lanes.group,
                        w.out_width,
                        w.stride_height,
                        w.pad_height + padded.first,
                        padded.rows,
                        padded.row,
                        static_cast<Index>(w.stride_width) * lanes.group,
                        zeros};
  if (samples == 0 && !add) memset(dw, 0, static_cast<size_t>(weights_of(of)) * sizeof(real));
  if (samples == 0) return;
  memset(zeros, 0, static_cast<size_t>(padded.row) * sizeof(real));
  padded.clear(room);
  for (int s = 0; s < samples; ++s, x += image_in(of), dy += image_out(of)) {
    const real* const image = padded.image_of(x, room);
    for_each_block(lanes, [&](int first, int vectors) {
      transpose_dy(of, lanes, dy, first * lanes.filters, vectors, transposed);
      correlate_rows(w, padded, at, image, vectors, transposed, s > 0, sums + sums_of(w, first));
    });
  }
  for_each_block(lanes, [&](int first, int vectors) {
    collect(of, lanes, sums + sums_of(w, first), first * lanes.filters, vectors, w.channels * taps_of(w), add, dw);
  });
}

}  // namespace

const ParamsAlgorithm params_direct = {"direct", applies, workspace, backward_params};

}  // namespace cambium::CAMBIUM_ISA
