// Three steps for each sample:
//   input    x -> its even and its odd columns -> V (place; channel, row, pair)
//   sums     M (place; filter, row, pair) from V, flat, for each place in turn
//   output   M -> y
#include "cambium/framework/kernels/convolve_rows.h"

#include <string.h>

#include "cambium/framework/kernels/convolve_direct.h"
#include "cambium/framework/kernels/convolve_flat.h"
#include "cambium/framework/kernels/isa.h"
#include "cambium/framework/kernels/pairs.h"
#include "cambium/framework/kernels/winograd_transform.h"

namespace cambium::CAMBIUM_ISA {

namespace {

constexpr int kernel = 5, most_rows = 16, most_scratch = 2 << 20;

// In values. Behind V, and behind the columns, is room for what runs on.
struct Sizes {
  Index pairs, plane;  // of outputs: in a row, and of a filter
  Index rows;          // of a channel of x, with the padding
  Index half, halves;  // the even or the odd columns: of a row, and all
  Index place, sum;    // of V and of M

  explicit Sizes(const Convolution& of)
      : pairs(of.window.out_width / 2),
        plane(of.window.out_height * pairs),
        rows(of.window.height + 2 * of.window.pad_height),
        half(pairs + 2),
        halves(of.window.channels * rows * half + 3 * width),
        place(of.window.channels * rows * pairs + width),
        sum(of.filters * plane) {}
};

// x0, x1, x2 .. become x0, x2 .. and x1, x3 ..
void split(const real* x, Index pairs, real* even, real* odd) {
  Index i = 0;
  for (; i + width <= pairs; i += width) {
    const Pairs both = load_pairs(x + 2 * i, x + 2 * i + width);
    store(even + i, both.first);
    store(odd + i, both.second);
  }
  if (i == pairs) return;
  const int n = static_cast<int>(pairs - i), low = 2 * n < width ? 2 * n : width;
  const Pairs both = pairs_of(load_first(x + 2 * i, low), load_first(x + 2 * i + low, 2 * n - low));
  store_first(even + i, both.first, n);
  store_first(odd + i, both.second, n);
}

// Zeros stand around the image already. Without them all rows of an image are one.
void split_image(const Window& w, const Sizes& sizes, const real* x, real* even, real* odd) {
  const Index pad = w.pad_width / 2;
  if (w.pad_height == 0 && pad == 0) return split(x, w.channels * w.height * w.width / 2, even, odd);
  for (int c = 0; c < w.channels; ++c)
    for (int r = 0; r < w.height; ++r, x += w.width) {
      const Index at = (c * sizes.rows + w.pad_height + r) * sizes.half + pad;
      split(x, w.width / 2, even + at, odd + at);
    }
}

// In lane i: from[at[i]], for places below 2 * width.
inline Vec pick(const real* from, Whole at) {
#if defined(__AVX512F__) && !defined(CAMBIUM_F64)
  return (Vec)_mm512_permutex2var_ps((__m512)load(from), (__m512i)at, (__m512)load(from + width));
#elif defined(__AVX2__) && !defined(CAMBIUM_F64)
  const Vec low = (Vec)_mm256_permutevar8x32_ps((__m256)load(from), (__m256i)at);
  const Vec high = (Vec)_mm256_permutevar8x32_ps((__m256)load(from + width), (__m256i)at);
  return at < width ? low : high;
#else
  Vec v = {};
  for (int i = 0; i < width; ++i) v[i] = from[at[i]];
  return v;
#endif
}

// B^T d of a vector of pairs; load(half a row, from which pair on).
template <class Load>
[[gnu::always_inline]] inline void input_vector(const real* even, const real* odd, real* v, Index place, Load load) {
  Vec d[tile_in];
#pragma GCC unroll 6
  for (int i = 0; i < tile_in; ++i) d[i] = load((i % 2 ? odd : even) + i / 2);
  transform_input(d[0], d[1], d[2], d[3], d[4], d[5]);
#pragma GCC unroll 6
  for (int i = 0; i < tile_in; ++i) store(v + i * place, d[i]);
}

// Rows of few pairs share a vector. What runs on beyond a row is overwritten by the next one.
void input(const Sizes& sizes, Index rows, const real* even, const real* odd, real* v) {
  const Index pairs = sizes.pairs, half = sizes.half, place = sizes.place, fit = width / pairs, together = fit < 4 ? fit : 4;
  if (together < 2) {
    for (Index r = 0; r < rows; ++r, even += half, odd += half, v += pairs)
      for (Index t = 0; t < pairs; t += width)
        input_vector(even + t, odd + t, v + t, place, [](const real* from) { return load(from); });
    return;
  }
  Whole at;
  for (int i = 0; i < width; ++i) at[i] = static_cast<int>(least(i / pairs, together - 1) * half + i % pairs);
  for (Index r = 0; r < rows; r += together, even += together * half, odd += together * half, v += together * pairs)
    input_vector(even, odd, v, place, [at](const real* from) { return pick(from, at); });
}

// A^T M + bias: pairs follow each other in y as they do in M.
void output(const Convolution& of, const Sizes& sizes, const real* m, const real* bias, real* y) {
  for (int f = 0; f < of.filters; ++f, m += sizes.plane, y += 2 * sizes.plane) {
    const Vec start = bias ? fill(bias[f]) : Vec{};
    for (Index at = 0; at < sizes.plane; at += width) {
      const Index t = least(at, sizes.plane - width);
      Vec s[tile_in];
#pragma GCC unroll 6
      for (int i = 0; i < tile_in; ++i) s[i] = load(m + i * sizes.sum + t);
      transform_pair(s[0], s[1], s[2], s[3], s[4], s[5]);
      store_pairs(y + 2 * t, {s[0] + start, s[1] + start});
    }
  }
}

// From one place's weights to the next.
Index place_weights(const Convolution& of) { return static_cast<Index>(of.filters) * of.window.channels * of.window.kernel_height; }

}  // namespace

// Measured on Zen 5: for 16 to 64 channels and filters 1.3 to 1.6 times the speed of a plain sum, for 3 channels and 16 filters 1.3
// times. What is made of a sample shall stay near.
bool is_rows(const Convolution& of) {
  const Window& w = of.window;
  if (sizeof(real) > 4 || vector_bytes < 32 || w.kernel_width != kernel || w.kernel_height > most_rows) return false;
  if (w.stride_height != 1 || w.stride_width != 1 || w.pad_height >= w.kernel_height || w.pad_width >= kernel) return false;
  if (w.out_width % 2 != 0 || w.pad_width % 2 != 0) return false;
  return w.channels * w.kernel_height >= 15 && of.filters >= 8 && Sizes(of).plane >= 2 * width &&
         rows_scratch(of) * static_cast<Index>(sizeof(real)) <= most_scratch && may_use_winograd();
}

// Behind those of the six places lie the weights of a block of filters as they are turned.
Index rows_weights(const Convolution& of) {
  return tile_in * place_weights(of) + static_cast<Index>(of.window.channels) * of.window.kernel_height * kernel * width;
}

Index rows_scratch(const Convolution& of) {
  const Sizes sizes(of);
  return 2 * sizes.halves + tile_in * (sizes.place + sizes.sum);
}

void arrange_rows(const Convolution& of, const real* w, bool mirror, real* arranged) {
  const Convolution as = mirror ? mirrored(of) : of;
  const Index place = place_weights(as), rows = as.window.channels * as.window.kernel_height;
  real* const turned = arranged + tile_in * place;
  for_each_flat_block(as.filters, Sizes(as).plane, [&](int first, int filters) {
    arrange_block(of, w, {.exchange = mirror, .flip = mirror, .may_share = false}, first, 1, turned);
    for (Index r = 0; r < rows; ++r, arranged += filters) {
      Vec g[kernel], u[tile_in];
#pragma GCC unroll 5
      for (int t = 0; t < kernel; ++t) g[t] = load(turned + (r * kernel + t) * width);
      transform_weights(g, u);
#pragma GCC unroll 6
      for (int i = 0; i < tile_in; ++i) store_first(arranged + i * place, u[i], filters);
    }
  });
}

void forward_rows(const Convolution& of, const real* x, const real* arranged, const real* bias, real* y, int samples,
                  real* scratch) {
  const Window& w = of.window;
  const Sizes sizes(of);
  Index tap[most_rows];
  for (int u = 0; u < w.kernel_height; ++u) tap[u] = u * sizes.pairs;
  const FlatSums sums = {of.filters, w.channels, w.kernel_height, sizes.plane, sizes.rows * sizes.pairs, tap};
  const Index weights = place_weights(of), image = static_cast<Index>(w.channels) * w.height * w.width;
  real *const even = scratch, *const odd = even + sizes.halves, *const v = odd + sizes.halves, *const m = v + tile_in * sizes.place;
  memset(even, 0, static_cast<size_t>(2 * sizes.halves) * sizeof(real));
  for (int s = 0; s < samples; ++s, x += image, y += 2 * sizes.sum) {
    split_image(w, sizes, x, even, odd);
    if (s + 1 < samples) fetch(x + image, image);
    input(sizes, w.channels * sizes.rows, even, odd, v);
    for (int i = 0; i < tile_in; ++i) add_up_flat(sums, v + i * sizes.place, arranged + i * weights, nullptr, m + i * sizes.sum);
    output(of, sizes, m, bias, y);
  }
}

}  // namespace cambium::CAMBIUM_ISA
