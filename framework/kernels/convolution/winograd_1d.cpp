// Winograd's forward convolution along the rows, for kernels five wide that skip nothing (Lavin and Gray, 2016): two outputs beside
// each other for six products in each row of the kernel instead of ten, F(2, 5).
//
//   y(filter; r, 2 t), y(filter; r, 2 t + 1) = A^T [sum over channels and rows u of  (G w(filter, channel, u)) .
//                                                                                  (B^T x(channel; r + u, 2 t .. 2 t + 5))]
//
// "." multiplies place by place: for each of the six places the sum is that of shifted.h for a kernel of one column, with the pairs
// of outputs as its positions. Three steps for each sample:
//   input    x -> its even and its odd columns -> V (place; channel, row, pair)
//   sums     M (place; filter, row, pair) from V, for each place in turn
//   output   M -> y
//
// What winograd.cpp says of errors and of values that are not finite holds here too, for the two outputs of a pair; and it is for
// single precision only, and never where the environment variable CAMBIUM_WINOGRAD is 0.
#include <string.h>

#include "cambium/framework/kernels/convolution/lanes.h"
#include "cambium/framework/kernels/convolution/shifted.h"
#include "cambium/framework/kernels/convolution/winograd_transform.h"
#include "cambium/framework/kernels/pairs.h"
#include "cambium/framework/kernels/winograd_switch.h"

namespace cambium::CAMBIUM_ISA {

namespace {

constexpr int kernel = 5, most_rows = 16, most_workspace = 2 << 20;

// In values. Behind V, and behind the columns, is room for what runs on.
struct PairLayout {
  Index pairs, plane;  // of outputs: in a row, and of a filter
  Index rows;          // of a channel of x, with the padding
  Index half, halves;  // the even or the odd columns: of a row, and all
  Index place, sum;    // of V and of M

  explicit PairLayout(const Convolution& of)
      : pairs(of.window.out_width / 2),
        plane(of.window.out_height * pairs),
        rows(of.window.height + 2 * of.window.pad_height),
        half(pairs + 2),
        halves(of.window.channels * rows * half + 3 * width),
        place(of.window.channels * rows * pairs + width),
        sum(of.filters * plane) {}
  Index values() const { return 2 * halves + tile_in * (place + sum); }
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
  const Pairs both = pairs_of(load_partial(x + 2 * i, low), load_partial(x + 2 * i + low, 2 * n - low));
  store_partial(even + i, both.first, n);
  store_partial(odd + i, both.second, n);
}

// Zeros stand around the image already. Without them all rows of an image are one.
void split_image(const Window& w, const PairLayout& at, const real* x, real* even, real* odd) {
  const Index pad = w.pad_width / 2;
  if (w.pad_height == 0 && pad == 0) return split(x, w.channels * w.height * w.width / 2, even, odd);
  for (int c = 0; c < w.channels; ++c)
    for (int r = 0; r < w.height; ++r, x += w.width) {
      const Index begin = (c * at.rows + w.pad_height + r) * at.half + pad;
      split(x, w.width / 2, even + begin, odd + begin);
    }
}

// In lane i: from[place[i]], for places below 2 * width.
inline Vec pick(const real* from, IntVec place) {
#if defined(__AVX512F__) && !defined(CAMBIUM_F64)
  return (Vec)_mm512_permutex2var_ps((__m512)load(from), (__m512i)place, (__m512)load(from + width));
#elif defined(__AVX2__) && !defined(CAMBIUM_F64)
  const Vec low = (Vec)_mm256_permutevar8x32_ps((__m256)load(from), (__m256i)place);
  const Vec high = (Vec)_mm256_permutevar8x32_ps((__m256)load(from + width), (__m256i)place);
  return place < width ? low : high;
#else
  Vec v = {};
  for (int i = 0; i < width; ++i) v[i] = from[place[i]];
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
void input(const PairLayout& at, Index rows, const real* even, const real* odd, real* v) {
  const Index pairs = at.pairs, half = at.half, place = at.place, fit = width / pairs, together = fit < 4 ? fit : 4;
  if (together < 2) {
    for (Index r = 0; r < rows; ++r, even += half, odd += half, v += pairs)
      for (Index t = 0; t < pairs; t += width)
        input_vector(even + t, odd + t, v + t, place, [](const real* from) { return load(from); });
    return;
  }
  IntVec places;
  for (int i = 0; i < width; ++i) places[i] = static_cast<int>(least(i / pairs, together - 1) * half + i % pairs);
  for (Index r = 0; r < rows; r += together, even += together * half, odd += together * half, v += together * pairs)
    input_vector(even, odd, v, place, [places](const real* from) { return pick(from, places); });
}

// A^T M + bias: pairs follow each other in y as they do in M.
void output(const Convolution& of, const PairLayout& at, const real* m, const real* bias, real* y) {
  for (int f = 0; f < of.filters; ++f, m += at.plane, y += 2 * at.plane) {
    const Vec start = bias ? broadcast(bias[f]) : Vec{};
    for (Index p = 0; p < at.plane; p += width) {
      const Index t = least(p, at.plane - width);
      Vec s[tile_in];
#pragma GCC unroll 6
      for (int i = 0; i < tile_in; ++i) s[i] = load(m + i * at.sum + t);
      transform_pair(s[0], s[1], s[2], s[3], s[4], s[5]);
      store_pairs(y + 2 * t, {s[0] + start, s[1] + start});
    }
  }
}

// From one place's weights to the next.
Index place_weights(const Convolution& of) { return static_cast<Index>(of.filters) * of.window.channels * of.window.kernel_height; }

// Measured on Zen 5: for 16 to 64 channels and filters 1.3 to 1.6 times the speed of a plain sum, for 3 channels and 16 filters 1.3
// times. What is made of a sample shall stay near.
bool applies(const Convolution& of) {
  const Window& w = of.window;
  if (sizeof(real) > 4 || vector_bytes < 32 || w.kernel_width != kernel || w.kernel_height > most_rows) return false;
  if (w.stride_height != 1 || w.stride_width != 1 || w.pad_height >= w.kernel_height || w.pad_width >= kernel) return false;
  if (w.out_width % 2 != 0 || w.pad_width % 2 != 0) return false;
  const PairLayout at(of);
  return w.channels * w.kernel_height >= 15 && of.filters >= 8 && at.plane >= 2 * width &&
         at.values() * static_cast<Index>(sizeof(real)) <= most_workspace && may_use_winograd();
}

Index workspace(const Convolution& of) { return PairLayout(of).values(); }

// Behind those of the six places lie the weights of a block of filters as they are transposed.
Index weights(const Convolution& of) {
  return tile_in * place_weights(of) + static_cast<Index>(of.window.channels) * of.window.kernel_height * kernel * width;
}

void pack(const Convolution& of, WeightView w, real* packed) {
  const Index place = place_weights(of), rows = of.window.channels * of.window.kernel_height;
  real* const transposed = packed + tile_in * place;
  for_each_shifted_block(of.filters, PairLayout(of).plane, [&](int first, int filters) {
    pack_lanes(of, w, Lanes(of.filters, false), first, 1, transposed);
    for (Index r = 0; r < rows; ++r, packed += filters) {
      Vec g[kernel], u[tile_in];
#pragma GCC unroll 5
      for (int t = 0; t < kernel; ++t) g[t] = load(transposed + (r * kernel + t) * width);
      transform_weights(g, u);
#pragma GCC unroll 6
      for (int i = 0; i < tile_in; ++i) store_partial(packed + i * place, u[i], filters);
    }
  });
}

void forward(const Convolution& of, const real* x, const real* packed, const real* bias, real* y, int samples, real* workspace) {
  const Window& w = of.window;
  const PairLayout at(of);
  Index tap[most_rows];
  for (int u = 0; u < w.kernel_height; ++u) tap[u] = u * at.pairs;
  const ShiftedSums sums = {of.filters, w.channels, w.kernel_height, at.plane, at.rows * at.pairs, tap};
  const Index weights = place_weights(of), image = image_in(of);
  real *const even = workspace, *const odd = even + at.halves, *const v = odd + at.halves, *const m = v + tile_in * at.place;
  memset(even, 0, static_cast<size_t>(2 * at.halves) * sizeof(real));
  for (int s = 0; s < samples; ++s, x += image, y += 2 * at.sum) {
    split_image(w, at, x, even, odd);
    if (s + 1 < samples) fetch(x + image, image);
    input(at, w.channels * at.rows, even, odd, v);
    for (int i = 0; i < tile_in; ++i) add_up_shifted(sums, v + i * at.place, packed + i * weights, nullptr, m + i * at.sum);
    output(of, at, m, bias, y);
  }
}

}  // namespace

const Algorithm forward_winograd_1d = {"winograd_1d", applies, weights, workspace, pack, forward};

}  // namespace cambium::CAMBIUM_ISA
