#include "cambium/framework/kernels/convolution/padded.h"

#include "cambium/framework/kernels/indices.h"

namespace cambium::CAMBIUM_ISA {

namespace {

// Rows are short: a vector or two, so a call of memcpy would cost more than the copy.
inline void copy_row(const real* from, Index n, real* to) {
  if (n < width) {
    store_partial(to, load_partial(from, static_cast<int>(n)), static_cast<int>(n));
    return;
  }
  for (Index i = 0; i + width < n; i += width) store(to + i, load(from + i));
  store(to + n - width, load(from + n - width));
}

// Every second value; nothing is read behind the last, so the second vector begins a value early.
template <int... i>
inline Vec halve(Vec a, Vec b, Indices<i...>) {
  return __builtin_shufflevector(a, b, (i < width / 2 ? 2 * i : 2 * i + 1)...);
}
inline void copy_seconds(const real* from, Index n, real* to) {
  constexpr IndicesBelow<width> all;
  for (; n >= width; n -= width, from += 2 * width, to += width) store(to, halve(load(from), load(from + width - 1), all));
  if (n == 0) return;
  const int rest = static_cast<int>(n), first = 2 * rest - 1 < width ? 2 * rest - 1 : width, second = 2 * rest - width;
  store_partial(to, halve(load_partial(from, first), load_partial(from + width - 1, second > 0 ? second : 0), all), rest);
}

// a and b value by value.
template <int begin, int... i>
inline Vec mix(Vec a, Vec b, Indices<i...>) {
  return __builtin_shufflevector(a, b, (begin + i / 2 + i % 2 * width)...);
}
inline void interleave(const real* a, const real* b, Index n, real* to) {
  constexpr IndicesBelow<width> all;
  for (; n > 0; n -= width, to += 2 * width) {
    const int count = n < width ? static_cast<int>(n) : width;
    const Vec from_a = a ? load_partial(a, count) : Vec{}, from_b = b ? load_partial(b, count) : Vec{};
    const Vec low = mix<0>(from_a, from_b, all), high = mix<width / 2>(from_a, from_b, all);
    if (2 * count < width) {
      store_partial(to, low, 2 * count);
    } else {
      store(to, low);
      store_partial(to + width, high, 2 * count - width);
    }
    if (a) a += width;
    if (b) b += width;
  }
}

// Rows r and r + apart side by side; the rows before the image's first and behind its last are 0.
void copy_pairs(const Padded& padded, const real* x, real* to) {
  const Index height = padded.image.height, row = padded.image.width;
  to += padded.left * 2;
  for (Index r = padded.first; r < height; ++r, to += padded.row) {
    const Index other = r + padded.apart;
    interleave(r >= 0 ? x + r * row : nullptr, other < height ? x + other * row : nullptr, row, to);
  }
}

// `rows` rows, in any group and any number of phases. In a group, those before the image's first row and behind its last stay 0.
void copy_phase(const Padded& padded, Index phase, const real* x, real* to) {
  const Index phases = padded.phases, group = padded.group, height = padded.image.height, row = padded.image.width;
  const Index first = ((phase - padded.left) % phases + phases) % phases;  // the first column in this phase
  const Index n = first < row ? (row - first + phases - 1) / phases : 0;
  to += phase * padded.columns + (first + padded.left) / phases * group;
  for (Index g = 0; g < group; ++g) {
    const Index begin = g == 0 ? 0 : padded.first + padded.apart;  // the first row that is copied
    const real* from = x + first + begin * row;
    real* part = to + g + (begin - padded.first - g * padded.apart) * padded.row;
    for (Index r = begin; r < height; ++r, from += row, part += padded.row) {
      if (phases == 1 && group == 1)
        copy_row(from, n, part);
      else if (phases == 2 && group == 1)
        copy_seconds(from, n, part);
      else
        for (Index i = 0; i < n; ++i) part[i * group] = from[i * phases];
    }
  }
}

}  // namespace

void Padded::copy(const real* x, real* to) const {
  const Index image_plane = static_cast<Index>(image.height) * image.width;
  for (Index c = 0; c < image.channels; ++c, x += image_plane, to += plane)
    if (phases == 1 && group == 2)
      copy_pairs(*this, x, to);
    else
      for (Index phase = 0; phase < phases; ++phase) copy_phase(*this, phase, x, to);
}

}  // namespace cambium::CAMBIUM_ISA
