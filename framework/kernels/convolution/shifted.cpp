// Convolution by shifted copies of the image, for little depth: few channels and taps, as in first layers. Positions are in the
// lanes of vectors and follow each other without a gap, from one row into the next: for that, each column of the kernel gets a copy
// of the image of its own, shifted by it and cut to the width of y. Nothing is transposed, which with little depth is most of the
// work. Packed weights: (block of filters, channel, tap, filter).
#include "cambium/framework/kernels/convolution/shifted.h"

#include "cambium/framework/kernels/indices.h"

namespace cambium::CAMBIUM_ISA {

namespace {

// Without a fused multiply-add, products take registers too, and there are too few for this.
constexpr bool enough_registers = vector_bytes > 16;
// With more depth, transposing weighs little, and the direct algorithm needs no copies.
constexpr int most_taps = 64, most_depth = 200;

template <int vectors, int filters>
void tile(const ShiftedSums& sums, const real* x, const real* w, const real* bias, real* y) {
  Vec sum[filters][vectors];
#pragma GCC unroll 32
  for (int f = 0; f < filters; ++f)
#pragma GCC unroll 32
    for (int v = 0; v < vectors; ++v) sum[f][v] = bias ? broadcast(bias[f]) : Vec{};
  for (int c = 0; c < sums.channels; ++c, x += sums.channel)
    for (int t = 0; t < sums.taps; ++t, w += filters) {
      const real* const at = x + sums.tap[t];
      Vec from[vectors];
#pragma GCC unroll 32
      for (int v = 0; v < vectors; ++v) from[v] = in_register(load(at + v * width));
#pragma GCC unroll 32
      for (int f = 0; f < filters; ++f) {
        const Vec weight = broadcast(w[f]);
#pragma GCC unroll 32
        for (int v = 0; v < vectors; ++v) sum[f][v] = fma(weight, from[v], sum[f][v]);
      }
    }
#pragma GCC unroll 32
  for (int f = 0; f < filters; ++f, y += sums.plane)
#pragma GCC unroll 32
    for (int v = 0; v < vectors; ++v) store(y + v * width, sum[f][v]);
}

using ShiftedTile = void (*)(const ShiftedSums& sums, const real* x, const real* w, const real* bias, real* y);

template <int vectors, int... i>
ShiftedTile tile_of(int filters, Indices<i...>) {
  static constexpr ShiftedTile all[] = {tile<vectors, i + 1>...};
  return all[filters - 1];
}
template <int vectors>
ShiftedTile tile_of(int filters) {
  return tile_of<vectors>(filters, IndicesBelow<most_shifted_filters(vectors)>());
}

// The image as each column of the kernel meets it, one after the other: rows as wide as y, zeros where the window leaves the image.
struct Shifted {
  Index row, channel, column;  // from one to the next

  explicit Shifted(const Window& w)
      : row(w.out_width), channel((w.height + 2 * w.pad_height) * row), column(w.channels * channel) {}
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
      each([count](const real* source, real* target) { store_partial(target, load_partial(source, count), count); });
  }
}

// The zeros are there already, and stay from sample to sample. Without rows of them, channels follow each other without a gap.
void copy_shifted(const Window& w, const Shifted& copies, const real* x, real* to) {
  const Index columns = w.width, pad = w.pad_width, runs = w.pad_height == 0 ? 1 : w.channels, rows = w.channels * w.height / runs;
  to += w.pad_height * copies.row;
  for (Index v = 0; v < w.kernel_width; ++v) {
    const Index first = v < pad ? pad - v : 0, end = least(copies.row, columns + pad - v);
    for (Index i = 0; i < runs; ++i, to += w.channels / runs * copies.channel)
      copy_rows(x + i * rows * columns + v - pad + first, columns, end - first, rows, to + first, copies.row);
  }
}

bool applies(const Convolution& of) {
  const Window& w = of.window;
  const int taps = w.kernel_height * w.kernel_width;
  return enough_registers && w.stride_height == 1 && w.stride_width == 1 && w.pad_height < w.kernel_height &&
         w.pad_width < w.kernel_width && taps <= most_taps && taps * w.channels <= most_depth && plane_out(w) >= 2 * width;
}

Index workspace(const Convolution& of) { return of.window.kernel_width * Shifted(of.window).column; }

void pack(const Convolution& of, WeightView w, real* packed) {
  const Index taps = taps_of(of.window);
  for_each_shifted_block(of.filters, plane_out(of.window), [&](Index first, int filters) {
    for (Index c = 0; c < of.window.channels; ++c)
      for (Index t = 0; t < taps; ++t)
        for (Index i = 0; i < filters; ++i)
          *packed++ = w.values[(first + i) * w.filter + c * w.channel + (w.flipped ? taps - 1 - t : t)];
  });
}

void forward(const Convolution& of, const real* x, const real* packed, const real* bias, real* y, int samples, real* workspace) {
  const Window& w = of.window;
  const Shifted copies(w);
  Index tap[most_taps];
  for (int u = 0; u < w.kernel_height; ++u)
    for (int v = 0; v < w.kernel_width; ++v) tap[u * w.kernel_width + v] = v * copies.column + u * copies.row;
  const Index image = image_in(of);
  const ShiftedSums sums = {of.filters, w.channels, w.kernel_height * w.kernel_width, plane_out(w), copies.channel, tap};
  memset(workspace, 0, static_cast<size_t>(w.kernel_width * copies.column) * sizeof(real));
  for (int s = 0; s < samples; ++s, x += image, y += image_out(of)) {
    copy_shifted(w, copies, x, workspace);
    if (s + 1 < samples) fetch(x + image, image);
    add_up_shifted(sums, workspace, packed, bias, y);
  }
}

}  // namespace

// The last tile of a plane may begin inside the one before.
void add_up_shifted(const ShiftedSums& sums, const real* x, const real* packed, const real* bias, real* y) {
  const int vectors = shifted_vectors(sums.plane);
  for_each_shifted_block(sums.filters, sums.plane, [&](Index first, int filters) {
    const ShiftedTile tile = vectors == 3 ? tile_of<3>(filters) : tile_of<2>(filters);
    for (Index at = 0; at < sums.plane; at += vectors * width) {
      const Index start = least(at, sums.plane - vectors * width);
      tile(sums, x + start, packed + first * sums.channels * sums.taps, bias ? bias + first : nullptr,
           y + first * sums.plane + start);
    }
  });
}

const Algorithm forward_shifted = {"shifted", applies, weights_of, workspace, pack, forward};

}  // namespace cambium::CAMBIUM_ISA
