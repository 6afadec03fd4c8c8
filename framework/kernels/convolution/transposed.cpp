// Direct transposed convolution: dx as what the values of dy leave behind. Each is broadcast, multiplied with the taps of a row of
// the kernel and added to neighbouring positions of dx, a part of a row of which stays in registers meanwhile:
//
//   dx(column * stride + tap - pad, channels) += dy(filter, column) * w(filter, tap, channels)
//
// With a stride, no product is made of the zeros that would have to stand between the values of dy; and where a whole row of dx
// fits into the registers, none of those beside its ends. Packed weights: (vector, filter, tap, lane).
#include "cambium/framework/kernels/convolution/lanes.h"
#include "cambium/framework/kernels/convolution/padded.h"

namespace cambium::CAMBIUM_ISA {

namespace {

constexpr int most_rows = 16;  // of a kernel

// What is added up for a row of dx: all filters, and for each the rows of the kernel that reach it, with the row of dy they meet.
struct KernelRows {
  int filters, count;
  Index plane, weights;  // from one filter to the next
  Index row[most_rows], weight[most_rows];
};

// dy's column i and tap v belong to dx's position i * stride + v - lead; those outside the tile belong to its neighbours.
template <int group, int taps, int stride, int lead, int positions>
void tile(const KernelRows& depth, const real* dy, const real* w, BlockOutput to) {
  constexpr int columns = (positions - 1 + lead) / stride + 1 - (stride == 1 ? taps - 1 : 0);
  Vec sum[positions];
#pragma GCC unroll 32
  for (int i = 0; i < positions; ++i) sum[i] = Vec{};
  for (int f = 0; f < depth.filters; ++f, dy += depth.plane, w += depth.weights)
    for (int r = 0; r < depth.count; ++r) {
      const real* from = dy + depth.row[r];
      Vec weight[taps];
#pragma GCC unroll 32
      for (int v = 0; v < taps; ++v) weight[v] = load(w + depth.weight[r] + v * width);
#pragma GCC unroll 32
      for (int i = 0; i < columns; ++i) {
        const Vec value = broadcast<group>(from + i * group);
#pragma GCC unroll 32
        for (int v = 0; v < taps; ++v) {
          const int at = i * stride + v - lead;
          if (at >= 0 && at < positions) sum[at] = fma(value, weight[v], sum[at]);
        }
      }
    }
  store_filters<group>(sum, to.y, to);
}

using TransposedTile = void (*)(const KernelRows& depth, const real* dy, const real* w, BlockOutput to);

// How rows of dx are cut: into `count` tiles of one size. Rows end where their last tile ends, so it may begin inside the one
// before.
struct RowCut {
  int positions, count, lead;
};

// Stride 1: a whole row, of an even size.
constexpr int most_positions = vector_registers == 32 ? 28 : 14;
template <int group, int taps, int... i>
TransposedTile whole_row(int positions, Indices<i...>) {
  static constexpr TransposedTile all[] = {tile<group, taps, 1, 0, 2 * i + 2 * taps - 2>...};
  return all[(positions - (2 * taps - 2)) / 2];
}
template <int group, int taps>
TransposedTile whole_row(int positions) {
  return whole_row<group, taps>(positions, IndicesBelow<(most_positions - (2 * taps - 2)) / 2 + 1>());
}

// Stride 2: half of the sums get a product more than the others; so many positions hide the time that one takes.
constexpr int long_tile = vector_registers == 32 ? 16 : 12, short_tile = 8;
template <int group, int taps, int lead>
TransposedTile part_of_row(const RowCut& cut) {
  return cut.positions == long_tile ? tile<group, taps, 2, lead, long_tile> : tile<group, taps, 2, lead, short_tile>;
}

template <int group, int taps>
TransposedTile tile_of(int stride, const RowCut& cut) {
  if (stride == 1) return whole_row<group, taps>(cut.positions);
  return cut.lead == taps - 1 ? part_of_row<group, taps, taps - 1>(cut) : part_of_row<group, taps, taps - 2>(cut);
}
TransposedTile tile_of(int group, const Window& w, const RowCut& cut) {
  if (w.kernel_width == 3) return group == 2 ? tile_of<2, 3>(w.stride_width, cut) : tile_of<1, 3>(w.stride_width, cut);
  return group == 2 ? tile_of<2, 5>(w.stride_width, cut) : tile_of<1, 5>(w.stride_width, cut);
}

RowCut cut_of(const Window& w) {
  if (w.stride_width == 1) return {w.width, 1, 0};
  const int few = (w.width + long_tile - 1) / long_tile * long_tile, many = (w.width + short_tile - 1) / short_tile * short_tile;
  const int positions = w.width >= long_tile && few <= many + short_tile / 2 ? long_tile : short_tile;
  return {positions, (w.width + positions - 1) / positions,
          (w.kernel_width - 1 + w.pad_width) % 2 ? w.kernel_width - 2 : w.kernel_width - 1};
}

// dy with the columns beside it that tiles reach.
Padded padded_dy(const Convolution& of) {
  const Window& w = of.window;
  const int group = Lanes(w.channels).group;
  int left = 0, right = 0;
  if (w.stride_width == 2) {
    const int lead = cut_of(w).lead, end = (w.width - 1 + w.pad_width) / 2 + 1;
    left = (lead - w.pad_width) / 2 > 0 ? (lead - w.pad_width) / 2 : 0;
    right = end > w.out_width ? end - w.out_width : 0;
  }
  return Padded({of.filters, w.out_height, w.out_width}, left, right, group, 1, 1);
}

// The rows of the kernel that reach dx's row.
void meet(const Window& w, const Padded& dy, Index row, KernelRows& depth) {
  depth.count = 0;
  for (int u = 0; u < w.kernel_height; ++u) {
    const Index steps = row + w.pad_height - u, at = steps / w.stride_height - dy.first;
    if (steps % w.stride_height != 0 || at < 0 || at >= dy.rows) continue;
    depth.row[depth.count] = at * dy.row;
    depth.weight[depth.count++] = static_cast<Index>(u) * w.kernel_width * width;
  }
}

// One vector of channels over one image.
void sweep(const Convolution& of, const Padded& padded, const real* dy, const real* weights, BlockOutput to) {
  const Window& w = of.window;
  const RowCut cut = cut_of(w);
  const TransposedTile tile = tile_of(padded.group, w, cut);
  const Index taps = static_cast<Index>(w.kernel_height) * w.kernel_width, stride = w.stride_height;
  KernelRows depth = {of.filters, 0, padded.plane, taps * width, {}, {}};
  real* const dx = to.y;
  for (Index first = 0; first < w.height; first += padded.group * stride)
    for (Index row = first; row < first + stride && row < w.height; ++row) {
      meet(w, padded, row, depth);
      to.rows = padded.group == 2 && row + stride < w.height ? 2 : 1;
      for (int i = 0; i < cut.count; ++i) {
        const int last = w.width - cut.positions, at = i * cut.positions < last ? i * cut.positions : last;
        to.y = dx + row * w.width + at;
        tile(depth, dy + ((at + w.pad_width - cut.lead) / w.stride_width + padded.left) * padded.group, weights, to);
      }
    }
}

bool applies(const Convolution& of) {
  const Window& w = of.window;
  if ((w.kernel_width != 3 && w.kernel_width != 5) || w.kernel_height > most_rows || w.width % 2 != 0) return false;
  if (w.stride_width == 1)
    return w.stride_height == 1 && w.pad_width == 0 && w.pad_height == 0 && w.width <= most_positions &&
           w.width >= 2 * w.kernel_width - 2;
  return w.stride_width == 2 && w.stride_height <= 2 && w.pad_width < w.kernel_width && w.width >= short_tile;
}

// Of a vector of channels.
Index vector_weights(const Convolution& of) { return width * (of.filters * taps_of(of.window)); }

Index weights(const Convolution& of) { return Lanes(of.window.channels).vectors * vector_weights(of); }

Index workspace(const Convolution& of) { return padded_dy(of).values(); }

void pack(const Convolution& of, WeightView w, real* packed) {
  const Lanes lanes(of.window.channels);
  const Convolution exchanged = mirrored(of);
  for (int v = 0; v < lanes.vectors; ++v)
    packed = pack_lanes(exchanged, {w.values, w.channel, w.filter, false}, lanes, v * lanes.filters, 1, packed);
}

void backward_input(const Convolution& of, const real* dy, const real* packed, const real*, real* dx, int samples,
                    real* workspace) {
  const Window& w = of.window;
  const Lanes lanes(w.channels);
  const Padded padded = padded_dy(of);
  const Index plane = plane_in(w), block = vector_weights(of);
  padded.clear(workspace);
  for (int s = 0; s < samples; ++s, dy += image_out(of), dx += image_in(of)) {
    const real* const image = padded.image_of(dy, workspace);
    for (int v = 0; v < lanes.vectors; ++v) {
      const int c = v * lanes.filters;
      sweep(of, padded, image, packed + v * block, {dx + c * plane, plane, w.stride_height * w.width, w.channels - c, lanes.group});
    }
  }
}

}  // namespace

const Algorithm backward_transposed = {"transposed", applies, weights, workspace, pack, backward_input};

}  // namespace cambium::CAMBIUM_ISA
