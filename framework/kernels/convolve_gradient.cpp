#include <string.h>

#include "cambium/framework/kernels/convolve_direct.h"
#include "cambium/framework/kernels/transpose.h"

namespace cambium::CAMBIUM_ISA {

namespace {

constexpr int most_vectors = 2, most_rows = 9;
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
struct Walk {
  int rows, columns;
  Index step_height, above, x_rows;
  Index row, step;    // in x, from one row to the next, and from one position to the next
  const real* zeros;  // a row of x above and below the image
};

// sums (rows, kernel width, vectors) = [sums] + the products over all positions.
template <int group, int vectors, int kernel_width, int rows>
void correlate(const Walk& walk, const KernelRow* x, const real* dy, bool add, real* sums) {
  Vec sum[rows][kernel_width][vectors] = {};
  for (Index r = 0; r < walk.rows; ++r) {
    const real* from[rows];
#pragma GCC unroll 32
    for (int u = 0; u < rows; ++u) {
      const Index y = r * walk.step_height + x[u].row - walk.above;
      from[u] = y >= 0 && y < walk.x_rows ? x[u].plane + y * walk.row : walk.zeros;
    }
    for (Index at = 0, end = walk.columns * walk.step; at < end; at += walk.step, dy += vectors * width) {
      Vec d[vectors];
#pragma GCC unroll 32
      for (int v = 0; v < vectors; ++v) d[v] = load(dy + v * width);
#pragma GCC unroll 32
      for (int u = 0; u < rows; ++u)
#pragma GCC unroll 32
        for (int k = 0; k < kernel_width; ++k) {
          const Vec value = spread<group>(from[u] + at + k * group);
#pragma GCC unroll 32
          for (int v = 0; v < vectors; ++v) sum[u][k][v] = fused(value, d[v], sum[u][k][v]);
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

using Correlate = void (*)(const Walk& walk, const KernelRow* x, const real* dy, bool add, real* sums);

template <int group, int vectors, int kernel_width, int... less>
Correlate pick_rows(int rows, Numbers<less...>) {
  static constexpr Correlate all[] = {correlate<group, vectors, kernel_width, less + 1>...};
  return all[rows - 1];
}
template <int group, int vectors>
Correlate pick(int kernel_width, int rows) {
  switch (kernel_width) {
    case 2: return pick_rows<group, vectors, 2>(rows, NumbersBelow<rows_at_once(2, vectors)>());
    case 3: return pick_rows<group, vectors, 3>(rows, NumbersBelow<rows_at_once(3, vectors)>());
    case 4: return pick_rows<group, vectors, 4>(rows, NumbersBelow<rows_at_once(4, vectors)>());
    default: return pick_rows<group, vectors, 5>(rows, NumbersBelow<rows_at_once(5, vectors)>());
  }
}
Correlate pick(int group, int vectors, int kernel_width, int rows) {
  if (group == 2) return pick<2, 1>(kernel_width, rows);
  return vectors == 1 ? pick<1, 1>(kernel_width, rows) : pick<1, 2>(kernel_width, rows);
}

// turned (position, lane) = dy (filter, position), for `vectors` vectors from filter f on. Where two rows share a vector,
// `positions` counts those of the upper half of the image, and the lower half lies beside them.
void turn(const Convolution& of, const Lanes& lanes, const real* dy, int f, int vectors, real* turned) {
  const Index plane = static_cast<Index>(of.window.out_height) * of.window.out_width, positions = plane / lanes.group;
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
        for (int i = 0; i < width; ++i) rows[i] = row[i] ? load_first(row[i] + p, count) : Vec{};
      transpose(rows);
      for (int i = 0; i < count; ++i) store(turned + ((p + i) * vectors + v) * width, rows[i]);
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
        store_first(to, add ? load_first(to, count) + total : total, count);
      }
    }
}

Padded padded_for_gradient(const Window& w, const Lanes& lanes) {
  return Padded({w.channels, w.height, w.width}, w.pad_width, w.pad_width, lanes.group, w.out_height / 2 * w.stride_height,
                w.pad_height);
}

// Rows share a vector only if none is left over: what stood beside it would be multiplied with values of x, be they NaN.
Lanes gradient_lanes(const Convolution& of) { return Lanes(of.filters, of.window.out_height % 2 == 0); }

}  // namespace

bool has_direct_gradient(const Convolution& of) {
  const Window& w = of.window;
  return w.kernel_width >= 2 && w.kernel_width <= widest_gradient && w.out_width >= 4;
}

Index direct_gradient_scratch(const Convolution& of) {
  const Window& w = of.window;
  const Lanes lanes = gradient_lanes(of);
  const Index positions = static_cast<Index>(w.out_height) * w.out_width;
  const Index places = static_cast<Index>(w.channels) * w.kernel_height * w.kernel_width;
  const Padded padded = padded_for_gradient(w, lanes);
  return padded.row + padded.values() + positions * most_vectors * width +
         (places + most_rows * w.kernel_width) * lanes.vectors * width;
}

void gradient_direct(const Convolution& of, const real* x, const real* dy, real* dw, int samples, bool add, real* scratch) {
  const Window& w = of.window;
  const Lanes lanes = gradient_lanes(of);
  const Padded padded = padded_for_gradient(w, lanes);
  const Index positions = static_cast<Index>(w.out_height) * w.out_width,
              image = static_cast<Index>(w.channels) * w.height * w.width;
  const Index rows = static_cast<Index>(w.channels) * w.kernel_height, places = rows * w.kernel_width;
  const Walk walk = {w.out_height / lanes.group,
                     w.out_width,
                     w.stride_height,
                     w.pad_height + padded.first,
                     padded.rows,
                     padded.row,
                     static_cast<Index>(w.stride_width) * lanes.group,
                     scratch};
  real* const image_padded = scratch + padded.row;
  real* const turned = image_padded + padded.values();
  real* const all_sums = turned + positions * most_vectors * width;
  if (samples == 0 && !add) memset(dw, 0, static_cast<size_t>(of.filters * places) * sizeof(real));
  if (samples == 0) return;
  memset(scratch, 0, static_cast<size_t>(padded.row + padded.values()) * sizeof(real));
  for (int s = 0; s < samples; ++s, x += image, dy += of.filters * positions) {
    if (padded.copied) copy_padded(padded, x, image_padded);
    const real* const from = padded.copied ? image_padded : x;
    real* sums = all_sums;
    for (int first = 0; first < lanes.vectors; first += most_vectors) {
      const int vectors = lanes.vectors - first < most_vectors ? lanes.vectors - first : most_vectors;
      turn(of, lanes, dy, first * lanes.filters, vectors, turned);
      const int most = rows_at_once(w.kernel_width, vectors);
      const Index blocks = (rows + most - 1) / most, size = (rows + blocks - 1) / blocks;
      const Correlate correlate = pick(lanes.group, vectors, w.kernel_width, static_cast<int>(size));
      for (Index b = 0; b < blocks; ++b) {
        KernelRow start[most_rows];
        for (Index i = 0; i < size; ++i) {
          const Index row = b * size + i < rows ? b * size + i : rows - 1;  // sums of rows past the last are dropped
          start[i] = {from + row / w.kernel_height * padded.plane, static_cast<int>(row % w.kernel_height)};
        }
        correlate(walk, start, turned, s > 0, sums + b * size * w.kernel_width * vectors * width);
      }
      sums += (places + most_rows * w.kernel_width) * vectors * width;
    }
  }
  const real* sums = all_sums;
  for (int first = 0; first < lanes.vectors; first += most_vectors) {
    const int vectors = lanes.vectors - first < most_vectors ? lanes.vectors - first : most_vectors;
    collect(of, lanes, sums, first * lanes.filters, vectors, places, add, dw);
    sums += (places + most_rows * w.kernel_width) * vectors * width;
  }
}

}  // namespace cambium::CAMBIUM_ISA
