// Direct convolution: filters lie side by side in the lanes of vectors, and values of the image are broadcast to them one by one.
//
//   y(position, filters) += x(channel, position + tap) * w(channel, tap, filters)
//
// A product never depends on where in memory a position lies: no lane is lost at the edges of an image however small it is, and
// strides cost nothing. The price is that y, which lies filter by filter, is transposed on the way.
// Packed weights: (vectors, channel, tap, vector, lane), `vectors` being what is computed at once.
#include "cambium/framework/kernels/convolution/lanes.h"
#include "cambium/framework/kernels/convolution/padded.h"

namespace cambium::CAMBIUM_ISA {

namespace {

// Vectors of filters in a tile: with two, each value that is broadcast serves two multiply-adds.
constexpr int most_vectors = 2;
// Positions in a tile: as many as leave registers for the weights and a value of the image.
constexpr int most_positions(int vectors) { return (vector_registers - 4) / vectors; }
constexpr int most_taps = 64;

// What is added up for a position: all channels, and in each the taps from `first` on.
struct TapRange {
  int channels, taps, first, count;
  Index plane;
  const Index* tap;  // where it lies, from the window's first
};

// How the vectors of filters and the positions of a row are cut into tiles of one size. Rows end where their last tile ends, so it
// may begin inside the one before.
struct RowTiles {
  int vectors, positions, count;
};

template <int group, int vectors, int positions>
void tile(const TapRange& depth, const real* x, const real* w, const real* start, BlockOutput to) {
  Vec sum[vectors][positions];
#pragma GCC unroll 32
  for (int v = 0; v < vectors; ++v)
#pragma GCC unroll 32
    for (int i = 0; i < positions; ++i) sum[v][i] = load(start + v * width);
  w += depth.first * vectors * width;
  for (int c = 0; c < depth.channels; ++c, x += depth.plane, w += (depth.taps - depth.count) * vectors * width)
    for (int t = 0; t < depth.count; ++t, w += vectors * width) {
      const real* from = x + depth.tap[depth.first + t];
      Vec weight[vectors];
#pragma GCC unroll 32
      for (int v = 0; v < vectors; ++v) weight[v] = load(w + v * width);
#pragma GCC unroll 32
      for (int i = 0; i < positions; ++i) {
        const Vec value = broadcast<group>(from + i * group);
#pragma GCC unroll 32
        for (int v = 0; v < vectors; ++v) sum[v][i] = fma(value, weight[v], sum[v][i]);
      }
    }
  constexpr int filters = width / group;
#pragma GCC unroll 32
  for (int v = 0; v < vectors; ++v, to.filters -= filters) store_filters<group>(sum[v], to.y + v * filters * to.filter, to);
}

using DirectTile = void (*)(const TapRange& depth, const real* x, const real* w, const real* start, BlockOutput to);

// Tiles exist for even numbers of positions, and with two vectors for odd ones as well.
template <int group, int vectors, int step, int... i>
DirectTile tile_of(int positions, Indices<i...>) {
  static constexpr DirectTile all[] = {tile<group, vectors, step*(i + 1)>...};
  return all[positions / step - 1];
}
DirectTile tile_of(int group, const RowTiles& cut) {
  constexpr IndicesBelow<most_positions(1) / 2> singles;
  if (group == 2) return tile_of<2, 1, 2>(cut.positions, singles);
  if (cut.vectors == 1) return tile_of<1, 1, 2>(cut.positions, singles);
  return tile_of<1, 2, 1>(cut.positions, IndicesBelow<most_positions(2)>());
}

// What a row of tiles costs, for one vector of filters and in half cycles, from counting instructions: two multiply-adds or loads
// start in a cycle, and a sum is ready for the next product after four. Transposing squares and storing their rows weighs most if
// the depth is small.
int cost(const RowTiles& cut, int depth) {
  const int products = cut.positions * cut.vectors, loads = cut.positions + cut.vectors, latency = 8;
  const int step = products > loads ? products : loads, squares = (cut.positions + width - 1) / width;
  const bool parts = cut.positions % 4 != 0 && vector_registers < 32;  // rows are stored in three parts or so
  return cut.count * (depth * (step > latency ? step : latency) + cut.vectors * squares * (parts ? 10 : 6) * width + 16) /
         cut.vectors;
}

// The cheapest of the cuts into few tiles, of just enough positions or of a multiple of four.
RowTiles best_cut(const Convolution& of, int available_vectors) {
  const Window& w = of.window;
  const int depth = w.channels * w.kernel_height * w.kernel_width;
  RowTiles best = {};
  int least = 0;
  for (int vectors = 1; vectors <= most_vectors && vectors <= available_vectors; ++vectors) {
    const int most = most_positions(vectors), few = (w.out_width + most - 1) / most;
    for (int i = 0; i < 6; ++i) {
      const int count = few + i / 2, enough = (w.out_width + count - 1) / count, unit = i % 2 ? 4 : vectors == 1 ? 2 : 1;
      const RowTiles cut = {vectors, (enough + unit - 1) / unit * unit, count};
      if (cut.positions > most || cut.positions > w.out_width) continue;
      const int costs = cost(cut, depth);
      if (best.count > 0 && costs >= least) continue;
      best = cut;
      least = costs;
    }
  }
  return best;
}

// Runs over the blocks of vectors that are computed at once: visit(first filter, how they are cut).
template <class Visit>
void for_each_block(const Convolution& of, const Lanes& lanes, Visit visit) {
  RowTiles cut = best_cut(of, lanes.vectors);
  for (int first = 0; first < lanes.vectors; first += cut.vectors) {
    if (lanes.vectors - first < cut.vectors) cut = best_cut(of, lanes.vectors - first);
    visit(first * lanes.filters, cut);
  }
}

// One block of filters over one image; each lane's sum begins with its value in `start`.
void sweep(TapRange depth, const Window& w, const Padded& padded, const RowTiles& cut, const real* x, const real* weights,
           const real* start, BlockOutput to) {
  const DirectTile tile = tile_of(padded.group, cut);
  real* const y = to.y;
  for (Index row = 0; row < w.out_height; row += padded.group) {
    // Where the window begins; its rows outside the image are left out.
    const Index top = row * w.stride_height - w.pad_height - padded.first;
    const Index above = top < 0 ? -top : 0, end = padded.rows - top < w.kernel_height ? padded.rows - top : w.kernel_height;
    depth.first = static_cast<int>(above) * w.kernel_width;
    depth.count = above < end ? static_cast<int>(end - above) * w.kernel_width : 0;
    if (w.out_height - row < padded.group) to.rows = 1;
    for (int i = 0; i < cut.count; ++i) {
      const int last = w.out_width - cut.positions, at = i * cut.positions < last ? i * cut.positions : last;
      to.y = y + row * w.out_width + at;
      tile(depth, x + (top * padded.row + at * padded.group), weights, start, to);
    }
  }
}

bool applies(const Convolution& of) { return of.window.out_width >= 4 && taps_of(of.window) <= most_taps; }

Index weights(const Convolution& of) { return Lanes(of.filters).vectors * width * (of.window.channels * taps_of(of.window)); }

Index workspace(const Convolution& of) { return padded_for(of.window, Lanes(of.filters).group, of.window.stride_width).values(); }

void pack(const Convolution& of, WeightView w, real* packed) {
  const Lanes lanes(of.filters);
  for_each_block(of, lanes, [&](int first, const RowTiles& cut) { packed = pack_lanes(of, w, lanes, first, cut.vectors, packed); });
}

void forward(const Convolution& of, const real* x, const real* packed, const real* bias, real* y, int samples, real* workspace) {
  const Window& w = of.window;
  const Lanes lanes(of.filters);
  const Padded padded = padded_for(w, lanes.group, w.stride_width);
  Index tap[most_taps];
  for (int u = 0; u < w.kernel_height; ++u)
    for (int v = 0; v < w.kernel_width; ++v) tap[u * w.kernel_width + v] = padded.offset(u, v);
  const TapRange depth = {w.channels, w.kernel_height * w.kernel_width, 0, 0, padded.plane, tap};
  const Index plane = plane_out(w);
  padded.clear(workspace);
  for (int s = 0; s < samples; ++s, x += image_in(of), y += image_out(of)) {
    const real* const image = padded.image_of(x, workspace);
    const real* weights = packed;
    for_each_block(of, lanes, [&](int f, const RowTiles& cut) {
      real start[most_vectors * width] = {};
      for (int i = 0; bias && i < cut.vectors * width && f + i / lanes.group < of.filters; ++i)
        start[i] = bias[f + i / lanes.group];
      sweep(depth, w, padded, cut, image, weights, start, {y + f * plane, plane, w.out_width, of.filters - f, lanes.group});
      weights += static_cast<Index>(cut.vectors) * width * w.channels * depth.taps;
    });
  }
}

}  // namespace

const Algorithm forward_direct = {"direct", applies, weights, workspace, pack, forward};

}  // namespace cambium::CAMBIUM_ISA
