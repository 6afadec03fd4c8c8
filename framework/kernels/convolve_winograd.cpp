// Channels lie in the lanes of vectors while inputs are transformed, and filters while outputs are. A block of tiles goes through
// three steps:
//   input    x -> rows of vectors of channels -> V (tile, channel)
//   product  M (tile, filter) = V (tile, channels) U (channels, filter), for each of the 36 places in turn
//   output   M -> rows of vectors of filters -> y
// V and M lie as (tile, vector, place, lane), so that both transforms run through memory from front to back.
#include "cambium/framework/kernels/convolve_winograd.h"

#include <string.h>

#include "cambium/framework/kernels/isa.h"
#include "cambium/framework/kernels/numbers.h"
#include "cambium/framework/kernels/transpose.h"
#include "cambium/framework/kernels/winograd_transform.h"

namespace cambium::CAMBIUM_ISA {

namespace {

int ceiling(int n, int by) { return (n + by - 1) / by; }
int least(int a, int b) { return a < b ? a : b; }

// V and M of a block, in bytes: they stay in the second cache, beside the weights that pass through it. With less, too few tiles
// share each place's weights, as they would with many channels: then better leave that cache than these few tiles.
constexpr int most_block = 192 << 10;
constexpr int fewest_tiles = 16;

// Vectors of filters in the product's tiles: each value that is spread serves as many multiply-adds. Rows: what fits beside.
constexpr int most_vectors = vector_registers == 32 ? 4 : 2;
constexpr int most_rows(int vectors) {
  const int rows = (vector_registers - 1) / vectors - 1;
  return rows < 12 ? rows : 12;
}

// A strip is a run of tiles in one row of them; strips of one sample follow each other from top to bottom. A block is some strips.
struct Strips {
  int channels, filters;  // vectors of them
  int down, across;       // tiles of a sample
  int length, parts;      // tiles of a strip; strips of a row of tiles, the last of which may begin inside the one before
  int most;               // strips of a block

  explicit Strips(const Convolution& of) {
    channels = ceiling(of.window.channels, width);
    filters = ceiling(of.filters, width);
    down = ceiling(of.window.out_height, tile_out);
    across = ceiling(of.window.out_width, tile_out);
    const int fit = most_block / (places * (channels + filters) * vector_bytes), tiles = fit > fewest_tiles ? fit : fewest_tiles;
    parts = ceiling(across, tiles);
    length = ceiling(across, parts);
    most = tiles / length;
  }

  Index input_tile() const { return places * channels * width; }
  Index output_tile() const { return places * filters * width; }
  // Rows of vectors; behind each is room for the rest of a square that was turned.
  int row() const { return (length * tile_out + 2 + width) * width; }
};

struct Strip {
  int sample, row, column;  // the first tile

  Strip(const Strips& of, int number)
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
      for (int c = 0; c < width; ++c) rows[c] = c < channels ? load_first(x + c * plane + at, count) : Vec{};
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
      for (int f = 0; f < filters && f < width; ++f) store_first(y + f * plane + at, rows[f], count);
    }
  }
}

// One row under a strip, with zeros for what lies outside the image. Row and column count from the first of the padding.
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

// B^T d B of the tiles of a strip, whose rows are given. Two of a tile's columns are the next one's as well.
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

// The rows under a strip lie in a ring of eight: the strip below finds two of its six there.
void input(const Convolution& of, const Strips& strips, int begin, int end, const real* x, real* ring, real* v) {
  const Window& w = of.window;
  const Index plane = static_cast<Index>(w.height) * w.width;
  for (int c = 0; c < strips.channels; ++c)
    for (int s = begin; s < end; ++s) {
      const Strip strip(strips, s);
      const bool below = s > begin && strip.row > 0;
      const real* const from = x + (static_cast<Index>(strip.sample) * w.channels + c * width) * plane;
      const real* row[tile_in];
      for (int i = 0; i < tile_in; ++i) {
        real* const to = ring + (strip.row * tile_out + i) % 8 * strips.row();
        if (!below || i >= 2)
          gather_row(w, from, w.channels - c * width, strip.row * tile_out + i, strip.column * tile_out,
                     strips.length * tile_out + 2, to);
        row[i] = to;
      }
      input_tiles(row, strips.length, v + (s - begin) * strips.length * strips.input_tile() + c * places * width,
                  strips.input_tile());
    }
}

// A length cut into as few parts as fit into `most`; the first ones may be longer by 1.
struct Parts {
  int count, each, longer;
  Parts(int length, int most) : count(ceiling(length, most)), each(length / count), longer(length % count) {}
  int begin(int i) const { return i * each + least(i, longer); }
  int size(int i) const { return each + (i < longer); }
};

// From one place's weights to the next. The gap of 64 bytes spreads the 36 places over the first cache, which writing them needs.
Index weights_step(int channels, int filters) {
  return static_cast<Index>(channels) * ceiling(filters, width) * width + 64 / static_cast<int>(sizeof(real));
}

// The product's tile: sums of `rows` tiles of the image and some vectors of filters in registers, while the channels run.
template <int rows, int vectors>
void multiply(int channels, const real* v, Index next_in, const real* u, real* m, Index next_out) {
  Vec sum[rows][vectors];
#pragma GCC unroll 32
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 32
    for (int f = 0; f < vectors; ++f) sum[r][f] = Vec{};
  for (int left = channels; left > 0; left -= width, v += places * width)
    for (int c = 0; c < least(left, width); ++c, u += vectors * width) {
      Vec weight[vectors];
#pragma GCC unroll 32
      for (int f = 0; f < vectors; ++f) weight[f] = in_register(load(u + f * width));
#pragma GCC unroll 32
      for (int r = 0; r < rows; ++r) {
        const Vec value = fill(v[r * next_in + c]);
#pragma GCC unroll 32
        for (int f = 0; f < vectors; ++f) sum[r][f] = fused(value, weight[f], sum[r][f]);
      }
    }
#pragma GCC unroll 32
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 32
    for (int f = 0; f < vectors; ++f) store(m + r * next_out + f * places * width, sum[r][f]);
}

using Tile = void (*)(int channels, const real* v, Index next_in, const real* u, real* m, Index next_out);
template <int vectors, int... i>
Tile tile_of(int rows, Numbers<i...>) {
  static constexpr Tile all[] = {multiply<i + 1, vectors>...};
  return all[rows - 1];
}
Tile tile_of(int rows, int vectors) {
  if (vectors == 1) return tile_of<1>(rows, NumbersBelow<most_rows(1)>());
  if (vectors == 2) return tile_of<2>(rows, NumbersBelow<most_rows(2)>());
  if constexpr (most_vectors > 2) {
    if (vectors == 3) return tile_of<3>(rows, NumbersBelow<most_rows(3)>());
    return tile_of<4>(rows, NumbersBelow<most_rows(4)>());
  }
  return nullptr;
}

// One place's weights for a few vectors of filters stay in the first cache while all tiles pass.
void product(const Convolution& of, const Strips& strips, int tiles, const real* v, const real* arranged, real* m) {
  const int channels = of.window.channels;
  const Parts across(strips.filters, most_vectors);
  for (int place = 0; place < places; ++place, v += width) {
    const real* u = arranged + place * weights_step(channels, of.filters);
    real* to = m + place * width;
    for (int i = 0; i < across.count; ++i) {
      const int vectors = across.size(i);
      const Parts down(tiles, most_rows(vectors));
      for (int j = 0; j < down.count; ++j)
        tile_of(down.size(j), vectors)(channels, v + down.begin(j) * strips.input_tile(), strips.input_tile(), u,
                                       to + down.begin(j) * strips.output_tile(), strips.output_tile());
      u += static_cast<Index>(channels) * vectors * width;
      to += vectors * places * width;
    }
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

void output(const Convolution& of, const Strips& strips, int begin, int end, const real* m, const real* bias, real* rows, real* y) {
  const Window& w = of.window;
  const Index plane = static_cast<Index>(w.out_height) * w.out_width;
  for (int s = begin; s < end; ++s) {
    const Strip strip(strips, s);
    const int top = strip.row * tile_out, left = strip.column * tile_out;
    for (int f = 0; f < strips.filters; ++f) {
      const int filters = least(of.filters - f * width, width);
      const Vec start = bias ? load_first(bias + f * width, filters) : Vec{};
      for (int t = 0; t < strips.length; ++t)
        output_tile(m + ((s - begin) * strips.length + t) * strips.output_tile() + f * places * width, start,
                    rows + t * tile_out * width, strips.row());
      real* const to = y + (static_cast<Index>(strip.sample) * of.filters + f * width) * plane + left;
      for (int i = 0; i < tile_out && top + i < w.out_height; ++i)
        scatter(rows + i * strips.row(), least(strips.length * tile_out, w.out_width - left), filters,
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
    for (int f = 0; f < width; ++f) rows[f] = f < filters ? load_first(w + f * next + i, count) : Vec{};
    transpose(rows);
#pragma GCC unroll 32
    for (int j = 0; j < width; ++j)
      if (j < count) store(taps[flipped ? 8 - i - j : i + j], rows[j]);
  }
}

}  // namespace

// Measured on Zen 5 against the direct way: for 64 channels and filters 2 times its speed with AVX-512 and 2.7 with AVX2, for 16 of
// both 1.3 and 2.4. Only outputs of 5 x 5, the worst for tiles of 4 x 4, come out at 0.8 to 1.6. With fewer channels or
// filters the transforms outweigh what the product saves sooner or later: later with AVX2, where all sums are slower.
bool is_winograd(const Convolution& of) {
  const Window& w = of.window;
  if (sizeof(real) > 4 || vector_bytes < 32 || w.kernel_height != 3 || w.kernel_width != 3 || w.stride_height != 1 ||
      w.stride_width != 1)
    return false;
  const bool deep = w.channels >= 16 && of.filters >= 16;
  const bool wide = w.out_height >= 8 && w.out_width >= 8 && w.channels >= 8 &&
                    (vector_bytes == 64 ? of.filters >= 32 : of.filters >= 8 && w.channels + of.filters >= 24);
  return (deep || wide) && may_use_winograd();
}

Index winograd_weights(const Convolution& of) { return places * weights_step(of.window.channels, of.filters); }

// V, M, the ring, and four rows of output.
Index winograd_scratch(const Convolution& of) {
  const Strips strips(of);
  return strips.most * strips.length * (strips.input_tile() + strips.output_tile()) + 12 * strips.row();
}

void arrange_winograd(const Convolution& of, const real* w, bool mirror, real* arranged) {
  const int channels = mirror ? of.filters : of.window.channels, filters = mirror ? of.window.channels : of.filters;
  const Index next_filter = mirror ? 9 : 9 * channels, next_channel = mirror ? 9 * filters : 9;
  const Parts across(ceiling(filters, width), most_vectors);
  const Index place = weights_step(channels, filters);
  for (int part = 0; part < across.count; ++part)
    for (int c = 0; c < channels; ++c)
      for (int v = 0; v < across.size(part); ++v, arranged += width) {
        const int first = (across.begin(part) + v) * width, count = least(filters - first, width);
        real taps[9][width];
        gather_taps(w + first * next_filter + c * next_channel, next_filter, count, mirror, taps);
        Vec half[3][tile_in];
#pragma GCC unroll 3
        for (int j = 0; j < 3; ++j) transform_weights(load(taps[j]), load(taps[j + 3]), load(taps[j + 6]), half[j]);
#pragma GCC unroll 6
        for (int i = 0; i < tile_in; ++i) {
          Vec u[tile_in];
          transform_weights(half[0][i], half[1][i], half[2][i], u);
#pragma GCC unroll 6
          for (int j = 0; j < tile_in; ++j) store(arranged + (i * tile_in + j) * place, u[j]);
        }
      }
}

void forward_winograd(const Convolution& of, const real* x, const real* arranged, const real* bias, real* y, int samples,
                      real* scratch) {
  if (samples <= 0) return;
  const Strips strips(of);
  real* const v = scratch;
  real* const m = v + strips.most * strips.length * strips.input_tile();
  real* const rows = m + strips.most * strips.length * strips.output_tile();
  const Parts blocks(samples * strips.down * strips.parts, strips.most);
  for (int b = 0; b < blocks.count; ++b) {
    const int begin = blocks.begin(b), end = blocks.begin(b + 1);
    input(of, strips, begin, end, x, rows, v);
    product(of, strips, (end - begin) * strips.length, v, arranged, m);
    output(of, strips, begin, end, m, bias, rows + 8 * strips.row(), y);
  }
}

}  // namespace cambium::CAMBIUM_ISA
