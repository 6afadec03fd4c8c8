// The gradient of the weights with positions in the lanes of vectors, for little depth: few channels and taps, as in first layers.
//
//   dw(filter, channel, tap) = the sum over the lanes of  S(filter, channel, tap) += x(channel, positions + tap) * dy(filter,
//   positions)
//
// Each row of the image ends with a vector that is loaded in part. dy is not transposed, which with little depth is most of the
// work.
#include <string.h>

#include "cambium/framework/kernels/convolution/algorithms.h"
#include "cambium/framework/kernels/convolution/padded.h"
#include "cambium/framework/kernels/parts.h"
#include "cambium/framework/kernels/transpose.h"

namespace cambium::CAMBIUM_ISA {

namespace {

constexpr int most_taps = 5, most_depth = 64;
// A tile: a row of the kernel in one channel, and as many filters as leave registers for x under the row and a value of dy.
constexpr int most_filters(int taps) { return (vector_registers - 1 - taps) / taps; }

// The positions of an image.
struct RowRange {
  Index columns, plane;  // of dy
  Index first, end;      // the rows whose row of x is in the image
  Index x_row;           // from a position's row of x to the next one's
  const Index* tap;      // where it lies, from the window's first
};

// S (filters, depth, lanes) = [S] + what all positions add to this row of the kernel.
template <int taps, int filters>
void correlate(const RowRange& at, const real* x, const real* dy, bool add, real* sums, Index depth) {
  Vec sum[filters][taps] = {};
  for (Index r = at.first; r < at.end; ++r) {
    const real* const from = x + r * at.x_row;
    const real* const d = dy + r * at.columns;
    const auto step = [&](Index p, auto take) __attribute__((always_inline)) {
      Vec value[taps];
#pragma GCC unroll 32
      for (int v = 0; v < taps; ++v) value[v] = in_register(take(from + at.tap[v] + p));
#pragma GCC unroll 32
      for (int f = 0; f < filters; ++f) {
        const Vec from_dy = in_register(take(d + f * at.plane + p));
#pragma GCC unroll 32
        for (int v = 0; v < taps; ++v) sum[f][v] = fma(from_dy, value[v], sum[f][v]);
      }
    };
    Index p = 0;
    for (; p + width <= at.columns; p += width) step(p, [](const real* v) { return load(v); });
    if (p < at.columns) step(p, [n = static_cast<int>(at.columns - p)](const real* v) { return load_partial(v, n); });
  }
#pragma GCC unroll 32
  for (int f = 0; f < filters; ++f)
#pragma GCC unroll 32
    for (int v = 0; v < taps; ++v) {
      real* to = sums + (f * depth + v) * width;
      store(to, add ? load(to) + sum[f][v] : sum[f][v]);
    }
}

using ShiftedCorrelate = void (*)(const RowRange& at, const real* x, const real* dy, bool add, real* sums, Index depth);

template <int taps, int... i>
ShiftedCorrelate pick(int filters, Indices<i...>) {
  static constexpr ShiftedCorrelate all[] = {correlate<taps, i + 1>...};
  return all[filters - 1];
}
ShiftedCorrelate pick(int taps, int filters) {
  if (taps == 2) return pick<2>(filters, IndicesBelow<most_filters(2)>());
  if (taps == 3) return pick<3>(filters, IndicesBelow<most_filters(3)>());
  if (taps == 4) return pick<4>(filters, IndicesBelow<most_filters(4)>());
  return pick<5>(filters, IndicesBelow<most_filters(5)>());
}

// dw = [dw if add] + the sums of the lanes.
void collect(const real* sums, Index count, bool add, real* dw) {
  for (Index i = 0; i < count; i += width) {
    const int n = count - i < width ? static_cast<int>(count - i) : width;
    Vec rows[width];
    for (int j = 0; j < width; ++j) rows[j] = j < n ? load(sums + (i + j) * width) : Vec{};
    transpose(rows);
    for (int half = width / 2; half > 0; half /= 2)
      for (int j = 0; j < half; ++j) rows[j] += rows[j + half];
    store_partial(dw + i, add ? load_partial(dw + i, n) + rows[0] : rows[0], n);
  }
}

Index depth_of(const Window& w) { return w.channels * taps_of(w); }

// All rows of the kernel, in all channels, for one block of filters over one image.
void correlate_block(const Convolution& of, const Padded& padded, const Index* tap, int filters, const real* image, const real* dy,
                     bool add, real* sums) {
  const Window& w = of.window;
  const Index stride = w.stride_height;
  const ShiftedCorrelate correlate = pick(w.kernel_width, filters);
  for (Index c = 0; c < w.channels; ++c)
    for (Index u = 0; u < w.kernel_height; ++u, sums += w.kernel_width * width) {
      const Index top = u - w.pad_height, left = w.height - top;  // dy's row r meets x's row r * stride + top
      const Index first = top < 0 ? (stride - 1 - top) / stride : 0, end = left > 0 ? (left + stride - 1) / stride : 0;
      const RowRange at = {w.out_width, plane_out(w), first, end < w.out_height ? end : w.out_height, stride * padded.row, tap};
      correlate(at, image + c * padded.plane + top * padded.row, dy, add, sums, depth_of(w));
    }
}

bool applies(const Convolution& of) {
  const Window& w = of.window;
  const int vectors = (w.out_width + width - 1) / width;
  return vector_bytes > 16 && w.kernel_width >= 2 && w.kernel_width <= most_taps && depth_of(w) <= most_depth &&
         7 * vectors * width <= 8 * w.out_width;
}

Index workspace(const Convolution& of) {
  return padded_for(of.window, 1, of.window.stride_width).values() + of.filters * depth_of(of.window) * width;
}

void backward_params(const Convolution& of, const real* x, const real* dy, real* dw, int samples, bool add, real* workspace) {
  const Window& w = of.window;
  const Padded padded = padded_for(w, 1, w.stride_width);
  const Index depth = depth_of(w);
  Index tap[most_taps];
  for (int v = 0; v < w.kernel_width; ++v) tap[v] = padded.offset(0, v);
  real* const sums = workspace + padded.values();
  padded.clear(workspace);
  if (samples == 0) memset(sums, 0, static_cast<size_t>(of.filters * depth * width) * sizeof(real));
  const Parts blocks(of.filters, most_filters(w.kernel_width));
  for (int s = 0; s < samples; ++s, x += image_in(of), dy += image_out(of)) {
    const real* const image = padded.image_of(x, workspace);
    for (const Part block : blocks) {
      const Index f = block.begin;
      correlate_block(of, padded, tap, block.size, image, dy + f * plane_out(w), s > 0, sums + f * depth * width);
    }
  }
  collect(sums, of.filters * depth, add, dw);
}

}  // namespace

const ParamsAlgorithm params_shifted = {"shifted", applies, workspace, backward_params};

}  // namespace cambium::CAMBIUM_ISA
