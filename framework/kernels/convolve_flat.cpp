#include "cambium/framework/kernels/convolve_flat.h"

#include <string.h>

#include "cambium/framework/kernels/convolve_direct.h"
#include "cambium/framework/kernels/numbers.h"

namespace cambium::CAMBIUM_ISA {

namespace {

// Without a fused multiply-add, products take registers too, and there are too few for this.
constexpr bool enough_registers = vector_bytes > 16;
// A tile: three vectors of positions, and as many filters as leave registers for them and a weight.
constexpr int vectors = 3, most_filters = (vector_registers - 4) / vectors, most_taps = 64;
// With more depth, turning weighs little, and the direct way computes nothing between the rows.
constexpr int most_depth = 200;

// The padded image as one row. The zeros right of a row are those left of the next one.
struct Flat {
  Index row, plane;  // of x
  Index size;        // of what is computed in a plane of y: from its first position to its last, with what lies between the rows
  bool copied;       // else the image serves as it is

  explicit Flat(const Window& w)
      : row(w.width + w.pad_width),
        plane((w.height + 2 * w.pad_height) * row + w.pad_width),
        size((w.out_height - 1) * row + w.out_width),
        copied(w.pad_height > 0 || w.pad_width > 0) {}
};

// Filters in blocks of one size; the last may begin inside the one before.
struct Blocks {
  int count, size, last;
  explicit Blocks(int filters)
      : count((filters + most_filters - 1) / most_filters), size((filters + count - 1) / count), last(filters - size) {}
  int first(int block) const { return block * size < last ? block * size : last; }
};

using Whole = decltype(Vec{} < Vec{});  // integers, one for each value of a Vec

// In lane i: v[from[i]].
inline Vec pick(Vec v, Whole from) {
#if defined(__AVX512F__)
  if constexpr (sizeof(real) == 4)
    return (Vec)_mm512_permutex2var_ps((__m512)v, (__m512i)from, (__m512)v);
  else
    return (Vec)_mm512_permutex2var_pd((__m512d)v, (__m512i)from, (__m512d)v);
#else
#if defined(__AVX2__)
  if constexpr (sizeof(real) == 4) return (Vec)_mm256_permutevar8x32_ps((__m256)v, (__m256i)from);
#endif
  Vec picked = {};
  for (int i = 0; i < width; ++i) picked[i] = v[from[i] % width];
  return picked;
#endif
}

// Where the vectors of a tile go in a plane of y, and which of their values: all but those between the rows, which are cut out.
struct Places {
  Index y[vectors];
  Whole from[vectors];
};
Places places_of(const Window& w, const Flat& flat, Index start) {
  Places places = {};
  for (int v = 0; v < vectors; ++v, start += width) {
    const Index row = start / flat.row, column = start % flat.row, between = flat.row - w.out_width;
    const Index cut = column < w.out_width ? w.out_width - column : 0, gap = cut > 0 ? between : flat.row - column;
    places.y[v] = row * w.out_width + (column < w.out_width ? column : w.out_width);
    for (int i = 0; i < width; ++i) places.from[v][i] = i + (i < cut ? 0 : static_cast<int>(gap));
  }
  return places;
}

struct Depth {
  int channels, taps;
  Index plane;
  const Index* tap;  // where it lies, from the first
};

// Behind the last value of a vector that is a position stand others, which the next vector overwrites; only at a plane's end there
// is none, and nothing is written there.
template <int filters>
void tile(const Depth& depth, const real* x, const real* w, const real* start, const Places& places, real* y, Index plane) {
  Vec sum[filters][vectors];
#pragma GCC unroll 32
  for (int f = 0; f < filters; ++f)
#pragma GCC unroll 32
    for (int v = 0; v < vectors; ++v) sum[f][v] = fill(start[f]);
  for (int c = 0; c < depth.channels; ++c, x += depth.plane)
    for (int t = 0; t < depth.taps; ++t, w += filters) {
      Vec from[vectors];
#pragma GCC unroll 32
      for (int v = 0; v < vectors; ++v) from[v] = in_register(load(x + depth.tap[t] + v * width));
#pragma GCC unroll 32
      for (int f = 0; f < filters; ++f) {
        const Vec weight = fill(w[f]);
#pragma GCC unroll 32
        for (int v = 0; v < vectors; ++v) sum[f][v] = fused(weight, from[v], sum[f][v]);
      }
    }
#pragma GCC unroll 32
  for (int v = 0; v < vectors; ++v) {
    const Whole from = places.from[v];
    real* to = y + places.y[v];
    const Index left = plane - places.y[v];
#pragma GCC unroll 32
    for (int f = 0; f < filters; ++f, to += plane) {
      const Vec values = pick(sum[f][v], from);
      if (left >= width)
        store(to, values);
      else
        store_first(to, values, static_cast<int>(left));
    }
  }
}

using Tile = void (*)(const Depth& depth, const real* x, const real* w, const real* start, const Places& places, real* y,
                      Index plane);

template <int... i>
Tile tile_of(int filters, Numbers<i...>) {
  static constexpr Tile all[] = {tile<i + 1>...};
  return all[filters - 1];
}

void copy_flat(const Flat& flat, const Window& w, const real* x, real* to) {
  for (Index c = 0; c < w.channels; ++c, to += flat.plane)
    for (Index r = 0; r < w.height; ++r, x += w.width) {
      real* row = to + (w.pad_height + r) * flat.row + w.pad_width;
      for (Index i = 0; i + width < w.width; i += width) store(row + i, load(x + i));
      store(row + w.width - width, load(x + w.width - width));
    }
}

}  // namespace

bool is_flat(const Convolution& of) {
  const Window& w = of.window;
  const int taps = w.kernel_height * w.kernel_width;
  return enough_registers && w.stride_height == 1 && w.stride_width == 1 && w.pad_height < w.kernel_height &&
         w.pad_width < w.kernel_width && taps <= most_taps && taps * w.channels <= most_depth && w.width >= width &&
         7 * w.out_width >= 6 * Flat(w).row && Flat(w).size >= vectors * width;
}

Index flat_weights(const Convolution& of) {
  const Blocks blocks(of.filters);
  return static_cast<Index>(blocks.count) * blocks.size * of.window.channels * of.window.kernel_height * of.window.kernel_width;
}

Index flat_scratch(const Convolution& of) {
  const Flat flat(of.window);
  return flat.copied ? of.window.channels * flat.plane : 0;
}

void arrange_flat(const Convolution& of, const real* w, bool mirror, real* arranged) {
  const Convolution as = mirror ? mirrored(of) : of;
  const Blocks blocks(as.filters);
  const Index taps = static_cast<Index>(of.window.kernel_height) * of.window.kernel_width, all = of.window.channels * taps;
  const Index filter = mirror ? taps : all, channel = mirror ? all : taps;
  for (int b = 0; b < blocks.count; ++b)
    for (Index c = 0; c < as.window.channels; ++c)
      for (Index t = 0; t < taps; ++t)
        for (Index i = 0; i < blocks.size; ++i)
          *arranged++ = w[(blocks.first(b) + i) * filter + c * channel + (mirror ? taps - 1 - t : t)];
}

void forward_flat(const Convolution& of, const real* x, const real* arranged, const real* bias, real* y, int samples,
                  real* scratch) {
  const Window& w = of.window;
  const Flat flat(w);
  const Blocks blocks(of.filters);
  const Index plane = static_cast<Index>(w.out_height) * w.out_width, image = static_cast<Index>(w.channels) * w.height * w.width;
  Index tap[most_taps];
  for (int u = 0; u < w.kernel_height; ++u)
    for (int v = 0; v < w.kernel_width; ++v) tap[u * w.kernel_width + v] = u * flat.row + v;
  const Depth depth = {w.channels, w.kernel_height * w.kernel_width, flat.copied ? flat.plane : image / w.channels, tap};
  const Tile tile = tile_of(blocks.size, NumbersBelow<most_filters>());
  if (flat.copied) memset(scratch, 0, static_cast<size_t>(w.channels * flat.plane) * sizeof(real));
  for (int s = 0; s < samples; ++s, x += image, y += of.filters * plane) {
    if (flat.copied) copy_flat(flat, w, x, scratch);
    const real* const from = flat.copied ? scratch : x;
    for (Index at = 0; at < flat.size; at += vectors * width) {
      const Index last = flat.size - vectors * width, start = at < last ? at : last;
      const Places places = places_of(w, flat, start);
      for (int b = 0; b < blocks.count; ++b) {
        real bias_of[most_filters] = {};
        const int first = blocks.first(b);
        for (int f = 0; bias && f < blocks.size; ++f) bias_of[f] = bias[first + f];
        tile(depth, from + start, arranged + static_cast<Index>(b) * blocks.size * w.channels * depth.taps, bias_of, places,
             y + first * plane, plane);
      }
    }
  }
}

}  // namespace cambium::CAMBIUM_ISA
