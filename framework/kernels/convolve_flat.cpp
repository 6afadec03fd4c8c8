#include "cambium/framework/kernels/convolve_flat.h"

#include <string.h>

#include "cambium/framework/kernels/convolve_direct.h"
#include "cambium/framework/kernels/numbers.h"

namespace cambium::CAMBIUM_ISA {

namespace {

// Without a fused multiply-add, products take registers too, and there are too few for this.
constexpr bool enough_registers = vector_bytes > 16;
// With more depth, turning weighs little, and the direct way needs no copies.
constexpr int most_taps = 64, most_depth = 200;

template <int vectors, int filters>
void tile(const FlatSums& sums, const real* x, const real* w, const real* bias, real* y) {
  Vec sum[filters][vectors];
#pragma GCC unroll 32
  for (int f = 0; f < filters; ++f)
#pragma GCC unroll 32
    for (int v = 0; v < vectors; ++v) sum[f][v] = bias ? fill(bias[f]) : Vec{};
  for (int c = 0; c < sums.channels; ++c, x += sums.channel)
    for (int t = 0; t < sums.taps; ++t, w += filters) {
      const real* const at = x + sums.tap[t];
      Vec from[vectors];
#pragma GCC unroll 32
      for (int v = 0; v < vectors; ++v) from[v] = in_register(load(at + v * width));
#pragma GCC unroll 32
      for (int f = 0; f < filters; ++f) {
        const Vec weight = fill(w[f]);
#pragma GCC unroll 32
        for (int v = 0; v < vectors; ++v) sum[f][v] = fused(weight, from[v], sum[f][v]);
      }
    }
#pragma GCC unroll 32
  for (int f = 0; f < filters; ++f, y += sums.plane)
#pragma GCC unroll 32
    for (int v = 0; v < vectors; ++v) store(y + v * width, sum[f][v]);
}

using Tile = void (*)(const FlatSums& sums, const real* x, const real* w, const real* bias, real* y);

template <int vectors, int... i>
Tile tile_of(int filters, Numbers<i...>) {
  static constexpr Tile all[] = {tile<vectors, i + 1>...};
  return all[filters - 1];
}
template <int vectors>
Tile tile_of(int filters) {
  return tile_of<vectors>(filters, NumbersBelow<most_flat_filters(vectors)>());
}

// The image as each column of the kernel meets it, one after the other: rows as wide as y, zeros where the window leaves the image.
struct Flat {
  Index row, channel, column;  // from one to the next

  explicit Flat(const Window& w) : row(w.out_width), channel((w.height + 2 * w.pad_height) * row), column(w.channels * channel) {}
};

// n values of each of some rows.
void copy_rows(const real* from, Index from_next, Index n, Index rows, real* to, Index to_next) {
  for (Index i = 0; i < n; i += width) {
    const Index at = n < width ? 0 : least(i, n - width);  // over the part before, where n is no multiple
    const int count = static_cast<int>(least(n, width));
    const auto each = [=](auto copy) __attribute__((always_inline)) {
      const real* source = from + at;
      real* target = to + at;
#pragma GCC unroll 4
      for (Index r = 0; r < rows; ++r, source += from_next, target += to_next) copy(source, target);
    };
    if (count == width)
      each([](const real* source, real* target) { store(target, load(source)); });
    else if (2 * count == width)
      each([](const real* source, real* target) { memcpy(target, source, vector_bytes / 2); });
    else
      each([count](const real* source, real* target) { store_first(target, load_first(source, count), count); });
  }
}

// The zeros are there already, and stay from sample to sample. Without rows of them, channels follow each other without a gap.
void copy_flat(const Window& w, const Flat& flat, const real* x, real* to) {
  const Index columns = w.width, pad = w.pad_width, runs = w.pad_height == 0 ? 1 : w.channels, rows = w.channels * w.height / runs;
  to += w.pad_height * flat.row;
  for (Index v = 0; v < w.kernel_width; ++v) {
    const Index first = v < pad ? pad - v : 0, end = least(flat.row, columns + pad - v);
    for (Index i = 0; i < runs; ++i, to += w.channels / runs * flat.channel)
      copy_rows(x + i * rows * columns + v - pad + first, columns, end - first, rows, to + first, flat.row);
  }
}

}  // namespace

// The last tile of a plane may begin inside the one before.
void add_up_flat(const FlatSums& sums, const real* x, const real* arranged, const real* bias, real* y) {
  const int vectors = flat_vectors(sums.plane);
  for_each_flat_block(sums.filters, sums.plane, [&](Index first, int filters) {
    const Tile tile = vectors == 3 ? tile_of<3>(filters) : tile_of<2>(filters);
    for (Index at = 0; at < sums.plane; at += vectors * width) {
      const Index start = least(at, sums.plane - vectors * width);
      tile(sums, x + start, arranged + first * sums.channels * sums.taps, bias ? bias + first : nullptr,
           y + first * sums.plane + start);
    }
  });
}

bool is_flat(const Convolution& of) {
  const Window& w = of.window;
  const int taps = w.kernel_height * w.kernel_width;
  return enough_registers && w.stride_height == 1 && w.stride_width == 1 && w.pad_height < w.kernel_height &&
         w.pad_width < w.kernel_width && taps <= most_taps && taps * w.channels <= most_depth &&
         w.out_height * w.out_width >= 2 * width;
}

Index flat_weights(const Convolution& of) {
  return static_cast<Index>(of.filters) * of.window.channels * of.window.kernel_height * of.window.kernel_width;
}

Index flat_scratch(const Convolution& of) { return of.window.kernel_width * Flat(of.window).column; }

void arrange_flat(const Convolution& of, const real* w, bool mirror, real* arranged) {
  const Convolution as = mirror ? mirrored(of) : of;
  const Index taps = static_cast<Index>(of.window.kernel_height) * of.window.kernel_width, all = of.window.channels * taps;
  const Index filter = mirror ? taps : all, channel = mirror ? all : taps;
  for_each_flat_block(as.filters, as.window.out_height * as.window.out_width, [&](Index first, int filters) {
    for (Index c = 0; c < as.window.channels; ++c)
      for (Index t = 0; t < taps; ++t)
        for (Index i = 0; i < filters; ++i) *arranged++ = w[(first + i) * filter + c * channel + (mirror ? taps - 1 - t : t)];
  });
}

void forward_flat(const Convolution& of, const real* x, const real* arranged, const real* bias, real* y, int samples,
                  real* scratch) {
  const Window& w = of.window;
  const Flat flat(w);
  Index tap[most_taps];
  for (int u = 0; u < w.kernel_height; ++u)
    for (int v = 0; v < w.kernel_width; ++v) tap[u * w.kernel_width + v] = v * flat.column + u * flat.row;
  const Index plane = static_cast<Index>(w.out_height) * w.out_width, image = static_cast<Index>(w.channels) * w.height * w.width;
  const FlatSums sums = {of.filters, w.channels, w.kernel_height * w.kernel_width, plane, flat.channel, tap};
  memset(scratch, 0, static_cast<size_t>(flat_scratch(of)) * sizeof(real));
  for (int s = 0; s < samples; ++s, x += image, y += of.filters * plane) {
    copy_flat(w, flat, x, scratch);
    if (s + 1 < samples) fetch(x + image, image);
    add_up_flat(sums, scratch, arranged, bias, y);
  }
}

}  // namespace cambium::CAMBIUM_ISA
