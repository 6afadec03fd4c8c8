// Winograd's forward convolution for kernels of 3 x 3 that skip nothing (Lavin and Gray, 2016, "Fast algorithms for convolutional
// neural networks"): tiles of 4 x 4 outputs for 36 products per channel and filter instead of 144.
//
//   Y = A^T [sum over channels (G g G^T) . (B^T d B)] A      for the 6 x 6 values d under a tile and the 3 x 3 weights g
//
// "." multiplies place by place, so all tiles' sums over the channels are 36 matrix products, one for each place. Channels lie in
// the lanes of vectors while inputs are transformed, and filters while outputs are. A block of tiles goes through three steps:
//   input    x -> rows of vectors of channels -> V
//   product  winograd_product.h
//   output   M -> rows of vectors of filters -> y
//
// The transforms pass through larger numbers than the sum itself: errors are 2 to 3 times those of the direct sum, and at most
// about 2e-6 of the sum of all |w x| under a tile (points and measurements: winograd_transform.h). A value of x that is not finite
// may turn all outputs of its tiles into NaN, also those whose window does not hold it. The order of each sum depends on the
// channels alone. For single precision only, and never where the environment variable CAMBIUM_WINOGRAD is 0.
#include <string.h>

#include "cambium/framework/kernels/convolution/algorithms.h"
#include "cambium/framework/kernels/convolution/winograd_product.h"
#include "cambium/framework/kernels/transpose.h"
#include "cambium/framework/kernels/winograd_switch.h"

namespace cambium::CAMBIUM_ISA {

namespace {

int ceiling(int n, int by) { return (n + by - 1) / by; }
int least(int a, int b) { return a < b ? a : b; }

// Bytes of V and M of a block: they stay in the second cache, beside the weights that pass through it. With many channels few tiles
// fit. A block has `fewest_tiles` all the same: each place's weights are read once a block, and are to serve that many.
constexpr int most_block = 192 << 10;
constexpr int fewest_tiles = 16;

// Runs of tiles, each in one row of them; those of one sample follow each other from top to bottom. A block is some runs.
struct Runs {
  int channels, filters;  // of one convolution
  int down, across;       // tiles of a sample
  int length, parts;      // tiles of a run; runs of a row of tiles, the last of which may begin inside the one before
  int most;               // runs of a block

  explicit Runs(const Convolution& of) {
    channels = of.window.channels;
    filters = of.filters;
    down = ceiling(of.window.out_height, tile_out);
    across = ceiling(of.window.out_width, tile_out);
    const int fit = most_block / (places * (vectors_for(channels) + vectors_for(filters)) * vector_bytes);
    const int tiles = fit > fewest_tiles ? fit : fewest_tiles;
    parts = ceiling(across, tiles);
    length = ceiling(across, parts);
    most = tiles / length;
  }

  Index input_tile() const { return winograd_tile(channels); }
  Index output_tile() const { return winograd_tile(filters); }
  // Rows of vectors; behind each is room for the rest of a square that was transposed.
  int row() const { return (length * tile_out + 2 + width) * width; }
};

struct Run {
  int sample, row, column;  // the first tile

  Run(const Runs& of, int number)
      : sample(number / (of.down * of.parts)),
        row(number % of.down),
        column(least(number / of.down % of.parts * of.length, of.across - of.length)) {}
};

void clear(real* from, const real* end) {
  for (; from < end; from += width) store(from, Vec{});
}

// n positions of up to a vector of channels, which lie a plane apart, become n vectors; behind them others are overwritten.
void gather(const real* x, Index plane, int channels, int n, real* to) {
  const int count = least(n, width);
  for (int i = 0; i < n; i += width) {
    const int at = n < width ? 0 : least(i, n - width);
    Vec rows[width];
    if (channels >= width && count == width) {
#pragma GCC unroll 32
      for (int c = 0; c < width; ++c) rows[c] = load(x + c * plane + at);
    } else {
#pragma GCC unroll 32
      for (int c = 0; c < width; ++c) rows[c] = c < channels ? load_partial(x + c * plane + at, count) : Vec{};
    }
    transpose(rows);
#pragma GCC unroll 32
    for (int j = 0; j < width; ++j) store(to + (at + j) * width, rows[j]);
  }
}

// The way back: n vectors become n positions of each of up to a vector of filters.
void scatter(const real* from, int n, int filters, real* y, Index plane) {
  const int count = least(n, width);
  for (int i = 0; i < n; i += width) {
    const int at = n < width ? 0 : least(i, n - width);
    Vec rows[width];
#pragma GCC unroll 32
    for (int j = 0; j < width; ++j) rows[j] = load(from + (at + j) * width);
    transpose(rows);
    if (filters >= width && count == width) {
#pragma GCC unroll 32
      for (int f = 0; f < width; ++f) store(y + f * plane + at, rows[f]);
    } else {
      for (int f = 0; f < filters && f < width; ++f) store_partial(y + f * plane + at, rows[f], count);
    }
  }
}

// One row under a run of tiles, with zeros for what lies outside the image. Row and column count from the first of the padding.
void gather_row(const Window& w, const real* x, int channels, int row, int column, int columns, real* to) {
  row -= w.pad_height;
  column -= w.pad_width;
  const int begin = column > 0 ? column : 0, end = least(column + columns, w.width);
  real* const behind = to + columns * width;
  if (row < 0 || row >= w.height || begin >= end) return clear(to, behind);
  clear(to, to + (begin - column) * width);
  gather(x + static_cast<Index>(row) * w.width + begin, static_cast<Index>(w.height) * w.width, channels, end - begin,
         to + (begin - column) * width);
  clear(to + (end - column) * width, behind);
}

// B^T d B of the tiles of a run, whose rows are given. Two of a tile's columns are the next one's as well.
void input_tiles(const real* const (&row)[tile_in], int tiles, real* v, Index next) {
  Vec d[tile_in][tile_in];
  const auto column = [&](int j, Index at) __attribute__((always_inline)) {
#pragma GCC unroll 6
    for (int i = 0; i < tile_in; ++i) d[i][j] = load(row[i] + at + j * width);
    transform_input(d[0][j], d[1][j], d[2][j], d[3][j], d[4][j], d[5][j]);
  };
  column(0, 0);
  column(1, 0);
  for (Index t = 0; t < tiles; ++t, v += next) {
#pragma GCC unroll 6
    for (int j = 2; j < tile_in; ++j) column(j, t * tile_out * width);
#pragma GCC unroll 6
    for (int i = 0; i < tile_in; ++i) {
      const Vec first = d[i][4], second = d[i][5];
      transform_input(d[i][0], d[i][1], d[i][2], d[i][3], d[i][4], d[i][5]);
#pragma GCC unroll 6
      for (int j = 0; j < tile_in; ++j) store(v + (i * tile_in + j) * width, d[i][j]);
      d[i][0] = first;
      d[i][1] = second;
    }
  }
}

// The rows under a run of tiles lie in a ring of eight: the run below finds two of its six there.
void input(const Convolution& of, const Runs& runs, int begin, int end, const real* x, real* ring, real* v) {
  const Window& w = of.window;
  const Index plane = static_cast<Index>(w.height) * w.width;
  for (int c = 0; c < vectors_for(runs.channels); ++c)
    for (int s = begin; s < end; ++s) {
      const Run run(runs, s);
      const bool below = s > begin && run.row > 0;
      const real* const from = x + (static_cast<Index>(run.sample) * w.channels + c * width) * plane;
      const real* row[tile_in];
      for (int i = 0; i < tile_in; ++i) {
        real* const to = ring + (run.row * tile_out + i) % 8 * runs.row();
        if (!below || i >= 2)
          gather_row(w, from, w.channels - c * width, run.row * tile_out + i, run.column * tile_out, runs.length * tile_out + 2,
                     to);
        row[i] = to;
      }
      input_tiles(row, runs.length, v + (s - begin) * runs.length * runs.input_tile() + c * places * width, runs.input_tile());
    }
}

// A^T M A + bias of one tile, into four rows.
void output_tile(const real* m, Vec bias, real* to, Index row) {
  Vec y[tile_out][tile_in];
#pragma GCC unroll 6
  for (int j = 0; j < tile_in; ++j) {
    Vec c[tile_in];
#pragma GCC unroll 6
    for (int i = 0; i < tile_in; ++i) c[i] = load(m + (i * tile_in + j) * width);
    transform_output(c[0], c[1], c[2], c[3], c[4], c[5]);
#pragma GCC unroll 4
    for (int i = 0; i < tile_out; ++i) y[i][j] = c[i];
  }
#pragma GCC unroll 4
  for (int i = 0; i < tile_out; ++i) {
    transform_output(y[i][0], y[i][1], y[i][2], y[i][3], y[i][4], y[i][5]);
#pragma GCC unroll 4
    for (int j = 0; j < tile_out; ++j) store(to + i * row + j * width, y[i][j] + bias);
  }
}

void output(const Convolution& of, const Runs& runs, int begin, int end, const real* m, const real* bias, real* rows, real* y) {
  const Window& w = of.window;
  const Index plane = static_cast<Index>(w.out_height) * w.out_width;
  for (int s = begin; s < end; ++s) {
    const Run run(runs, s);
    const int top = run.row * tile_out, left = run.column * tile_out;
    for (int f = 0; f < vectors_for(runs.filters); ++f) {
      const int filters = least(of.filters - f * width, width);
      const Vec start = bias ? load_partial(bias + f * width, filters) : Vec{};
      for (int t = 0; t < runs.length; ++t)
        output_tile(m + ((s - begin) * runs.length + t) * runs.output_tile() + f * places * width, start,
                    rows + t * tile_out * width, runs.row());
      real* const to = y + (static_cast<Index>(run.sample) * of.filters + f * width) * plane + left;
      for (int i = 0; i < tile_out && top + i < w.out_height; ++i)
        scatter(rows + i * runs.row(), least(runs.length * tile_out, w.out_width - left), filters,
                to + static_cast<Index>(top + i) * w.out_width, plane);
    }
  }
}

// The nine taps of up to a vector of filters become nine vectors, in order or `flipped`.
void gather_taps(const real* w, Index next, int filters, bool flipped, real (&taps)[9][width]) {
  for (int i = 0; i < 9; i += width) {
    const int count = least(9 - i, width);
    Vec rows[width];
#pragma GCC unroll 32
    for (int f = 0; f < width; ++f) rows[f] = f < filters ? load_partial(w + f * next + i, count) : Vec{};
    transpose(rows);
#pragma GCC unroll 32
    for (int j = 0; j < width; ++j)
      if (j < count) store(taps[flipped ? 8 - i - j : i + j], rows[j]);
  }
}

// Measured on Zen 5 against the direct algorithm: for 64 channels and filters 2 times its speed with AVX-512 and 2.7 with AVX2, for
// 16 of both 1.3 and 2.4. Only outputs of 5 x 5, the worst for tiles of 4 x 4, come out at 0.8 to 1.6. With fewer channels or
// filters the transforms outweigh what the product saves sooner or later: later with AVX2, where all sums are slower.
bool applies(const Convolution& of) {
  const Window& w = of.window;
  if (sizeof(real) > 4 || vector_bytes < 32 || w.kernel_height != 3 || w.kernel_width != 3 || w.stride_height != 1 ||
      w.stride_width != 1)
    return false;
  const bool deep = w.channels >= 16 && of.filters >= 16;
  const bool wide = w.out_height >= 8 && w.out_width >= 8 && w.channels >= 8 &&
                    (vector_bytes == 64 ? of.filters >= 32 : of.filters >= 8 && w.channels + of.filters >= 24);
  return (deep || wide) && may_use_winograd();
}

Index weights(const Convolution& of) { return places * winograd_place(of.window.channels, of.filters); }

// V, M, the ring, and four rows of output.
Index workspace(const Convolution& of) {
  const Runs runs(of);
  return runs.most * runs.length * (runs.input_tile() + runs.output_tile()) + 12 * runs.row();
}

// Of one channel and up to a vector of filters, to each of the 36 places.
void pack_vector(const real (&taps)[9][width], Index place, real* packed) {
  Vec half[3][tile_in];
#pragma GCC unroll 3
  for (int j = 0; j < 3; ++j) transform_weights(load(taps[j]), load(taps[j + 3]), load(taps[j + 6]), half[j]);
#pragma GCC unroll 6
  for (int i = 0; i < tile_in; ++i) {
    Vec u[tile_in];
    transform_weights(half[0][i], half[1][i], half[2][i], u);
#pragma GCC unroll 6
    for (int j = 0; j < tile_in; ++j) store(packed + (i * tile_in + j) * place, u[j]);
  }
}

void pack(const Convolution& of, WeightView w, real* packed) {
  const Parts across = winograd_blocks(of.filters);
  const Index place = winograd_place(of.window.channels, of.filters);
  for (const Part block : across)
    for (int c = 0; c < of.window.channels; ++c)
      for (int v = 0; v < block.size; ++v, packed += width) {
        const int first = (block.begin + v) * width, count = least(of.filters - first, width);
        real taps[9][width];
        gather_taps(w.values + first * w.filter + c * w.channel, w.filter, count, w.flipped, taps);
        pack_vector(taps, place, packed);
      }
}

void forward(const Convolution& of, const real* x, const real* packed, const real* bias, real* y, int samples, real* workspace) {
  if (samples <= 0) return;
  const Runs runs(of);
  real* const v = workspace;
  real* const m = v + runs.most * runs.length * runs.input_tile();
  real* const rows = m + runs.most * runs.length * runs.output_tile();
  const Parts blocks(samples * runs.down * runs.parts, runs.most);
  for (const Part block : blocks) {
    const int end = block.begin + block.size;
    input(of, runs, block.begin, end, x, rows, v);
    winograd_product(runs.channels, runs.filters, block.size * runs.length, v, packed, m);
    output(of, runs, block.begin, end, m, bias, rows + 8 * runs.row(), y);
  }
}

}  // namespace

const Algorithm forward_winograd = {"winograd", applies, weights, workspace, pack, forward};

}  // namespace cambium::CAMBIUM_ISA
