#include "cambium/framework/kernels/window.h"

#include <string.h>

#include "cambium/framework/kernels/pairs.h"

namespace cambium::CAMBIUM_ISA {

namespace {

// The output positions from `first` to `last` whose window, at this offset inside it, lies on the image:
// 0 <= position * stride + offset < size.
struct WindowRange {
  Index first, last;
};
inline WindowRange on_image(Index out, Index stride, Index offset, Index size) {
  Index first = offset < 0 ? (stride - 1 - offset) / stride : 0;
  Index last = size > offset ? (size - offset - 1) / stride + 1 : 0;
  last = last < out ? last : out;
  first = first < last ? first : last;
  return {first, last};
}

inline void zero(real* values, Index n) { memset(values, 0, static_cast<std::size_t>(n) * sizeof(real)); }

// One row of columns: x under offset (row, column) of every window of a channel.
inline void gather_row(const real* x, const Window& w, int row, int column, real* out) {
  const Index offset = column - w.pad_width, width = w.out_width, stride = w.stride_width;
  const WindowRange valid = on_image(width, stride, offset, w.width);
  for (Index oy = 0; oy < w.out_height; ++oy, out += width) {
    const Index iy = oy * w.stride_height + row - w.pad_height;
    if (iy < 0 || iy >= w.height || valid.first == valid.last) {
      zero(out, width);
      continue;
    }
    const real* from = x + iy * w.width + offset;
    for (Index ox = 0; ox < valid.first; ++ox) out[ox] = 0;
    if (stride == 1)
      memcpy(out + valid.first, from + valid.first, static_cast<std::size_t>(valid.last - valid.first) * sizeof(real));
    else
      for (Index ox = valid.first; ox < valid.last; ++ox) out[ox] = from[ox * stride];
    for (Index ox = valid.last; ox < width; ++ox) out[ox] = 0;
  }
}

// columns (channels, kernel height, kernel width; output height, output width)
void im2col(const real* x, const Window& w, real* columns) {
  const Index positions = static_cast<Index>(w.out_height) * w.out_width;
  for (int channel = 0; channel < w.channels; ++channel, x += static_cast<Index>(w.height) * w.width)
    for (int row = 0; row < w.kernel_height; ++row)
      for (int column = 0; column < w.kernel_width; ++column, columns += positions) gather_row(x, w, row, column, columns);
}

inline void scatter_row(const real* in, const Window& w, int row, int column, real* dx) {
  const Index offset = column - w.pad_width, width = w.out_width, stride = w.stride_width;
  const WindowRange valid = on_image(width, stride, offset, w.width);
  for (Index oy = 0; oy < w.out_height; ++oy, in += width) {
    const Index iy = oy * w.stride_height + row - w.pad_height;
    if (iy < 0 || iy >= w.height) continue;
    real* to = dx + iy * w.width + offset;
    if (stride == 1)
      for (Index ox = valid.first; ox < valid.last; ++ox) to[ox] += in[ox];
    else
      for (Index ox = valid.first; ox < valid.last; ++ox) to[ox * stride] += in[ox];
  }
}

void col2im(const real* dcolumns, const Window& w, real* dx) {
  const Index positions = static_cast<Index>(w.out_height) * w.out_width, plane = static_cast<Index>(w.height) * w.width;
  zero(dx, w.channels * plane);
  for (int channel = 0; channel < w.channels; ++channel, dx += plane)
    for (int row = 0; row < w.kernel_height; ++row)
      for (int column = 0; column < w.kernel_width; ++column, dcolumns += positions) scatter_row(dcolumns, w, row, column, dx);
}

// Places may not be needed; the functions below then have `places` false and `argmax` null.
inline std::int32_t* moved_by(std::int32_t* argmax, Index n) { return argmax ? argmax + n : nullptr; }

// Compares what lies at one offset of every window of an output row with the best so far. A NaN wins, so that it is not lost.
// x is at the offset of the first window, which is `position` in the channel.
template <bool places>
inline void compare(const real* x, int position, int stride, int windows, real* __restrict y, std::int32_t* __restrict argmax) {
  for (int i = 0; i < windows; ++i) {
    const real value = x[static_cast<Index>(i) * stride], best = y[i];
    const bool better = (value > best) | (value != value);
    y[i] = better ? value : best;
    if constexpr (places) {
      const std::int32_t old = argmax[i], here = position + i * stride;
      argmax[i] = better ? here : old;
    }
  }
}

// Begins the windows of an output row with what lies at one offset of each.
template <bool places>
inline void take(const real* x, int position, int stride, int windows, real* __restrict y, std::int32_t* __restrict argmax) {
  for (int i = 0; i < windows; ++i) {
    y[i] = x[static_cast<Index>(i) * stride];
    if constexpr (places) argmax[i] = position + i * stride;
  }
}

// One output row of one channel.
template <bool places>
inline void pool_row(const real* x, const Window& w, Index oy, real* y, std::int32_t* argmax) {
  const Index top = oy * w.stride_height - w.pad_height;
  const Index first_row = top < 0 ? 0 : top;
  const Index last_row = top + w.kernel_height < w.height ? top + w.kernel_height : w.height;
  // The first value of each window that is on the image. The usual stride as a constant, here and below: the compiler then knows
  // how to pick every second value.
  Index ox = 0;
  const Index left = first_row * w.width;
  for (; ox < w.out_width && ox * w.stride_width < w.pad_width; ++ox)
    take<places>(x + left, static_cast<int>(left), 1, 1, y + ox, moved_by(argmax, ox));
  const Index begin = left + ox * w.stride_width - w.pad_width;
  const int rest = static_cast<int>(w.out_width - ox);
  if (w.stride_width == 2)
    take<places>(x + begin, static_cast<int>(begin), 2, rest, y + ox, moved_by(argmax, ox));
  else
    take<places>(x + begin, static_cast<int>(begin), w.stride_width, rest, y + ox, moved_by(argmax, ox));
  if (w.kernel_height == 1 && w.kernel_width == 1) return;
  for (Index iy = first_row; iy < last_row; ++iy)
    for (int column = 0; column < w.kernel_width; ++column) {
      const Index offset = column - w.pad_width;
      const WindowRange valid = on_image(w.out_width, w.stride_width, offset, w.width);
      const Index start = iy * w.width + offset + valid.first * w.stride_width;
      const int windows = static_cast<int>(valid.last - valid.first), position = static_cast<int>(start);
      if (w.stride_width == 2)
        compare<places>(x + start, position, 2, windows, y + valid.first, moved_by(argmax, valid.first));
      else
        compare<places>(x + start, position, w.stride_width, windows, y + valid.first, moved_by(argmax, valid.first));
    }
}

// The usual windows, 2 x 2 beside each other, are compared `block` at a time: those of one row, or, where rows are short, half a
// block in each of two rows. What runs on beyond a row is overwritten by the next one; only where the sample ends a row is copied.
constexpr int block = width, half = block / 2;
bool is_halving(const Window& w) {
  return w.kernel_height == 2 && w.kernel_width == 2 && w.stride_height == 2 && w.stride_width == 2 && w.pad_height == 0 &&
         w.pad_width == 0;
}

// How the halves of a block lie: the second begins `next` values behind the first in x, and `next_out` behind it in y.
struct Halves {
  Index row;  // values from one row of x to the next
  Index next, next_out;
};

// The larger ones, and a NaN over all.
inline Vec larger(Vec first, Vec second) {
  const Vec larger = second > first ? second : first;  // the first too where it is not a number
  return second != second ? second : larger;
}

// `position` is that of the first window in the channel.
template <bool places>
inline void halve(const real* top, const Halves& h, Index position, real* y, std::int32_t* argmax) {
  if constexpr (!places) {  // rows first, which halves what is picked apart
    const real* const bottom = top + h.row;
    const Vec left = larger(load(top), load(bottom)), right = larger(load(top + h.next), load(bottom + h.next));
    const auto [a, b] = pairs_of(left, right);
    return store_halves(y, y + h.next_out, larger(a, b));
  }
  const auto [a, b] = load_pairs(top, top + h.next);
  const auto [c, d] = load_pairs(top + h.row, top + h.row + h.next);
  const IntVec right = (b > a) | (b != b), lower_right = (d > c) | (d != d);
  const Vec upper = right ? b : a, lower = lower_right ? d : c;
  const IntVec below = (lower > upper) | (lower != lower);
  const IntVec gap = ascending() >= half ? broadcast_int(h.next - 2 * half) : IntVec{};
  const IntVec left_top = 2 * ascending() + gap + broadcast_int(position);
  store_halves(y, y + h.next_out, below ? lower : upper);
  store_halves(argmax, argmax + h.next_out, left_top + (below ? broadcast_int(h.row) - lower_right : -right));
}

// One row of n < block windows, and touches nothing else.
template <bool places>
inline void halve_few(const real* top, Index row, Index position, real* y, std::int32_t* argmax, int n) {
  real x[4 * block], best[block];
  std::int32_t at[block];
  const int low = n < half ? 2 * n : 2 * half, high = 2 * n - low;  // values for either half of the block
  for (int line = 0; line < 2; ++line) {
    store(x + line * 2 * block, load_partial(top + line * row, low));
    store(x + line * 2 * block + block, load_partial(top + line * row + block, high));
  }
  halve<true>(x, {2 * block, block, half}, position, best, at);
  const auto second = static_cast<std::int32_t>(position) + 2 * block, shift = static_cast<std::int32_t>(row) - 2 * block;
  store_partial(y, load(best), n);
  for (int i = 0; places && i < n; ++i) argmax[i] = at[i] < second ? at[i] : at[i] + shift;
}

template <bool places>
void max_pool_halving(const real* x, const Window& w, real* y, std::int32_t* argmax) {
  const Index row = w.width, windows = w.out_width, height = w.out_height, plane = w.height * row, out = height * windows;
  const Halves one_row{row, 2 * half, half}, two_rows{row, 2 * row, windows};
  Index left = w.channels * plane, room = w.channels * out;  // to the ends of x and y
  for (; left > 0; left -= plane, room -= out, x += plane, y += out, argmax = moved_by(argmax, out)) {
    Index oy = 0, at = 0, to = 0;
    const auto run = [&](const Halves& h, Index rows) __attribute__((always_inline)) {
      const Index last = left - (row + h.next + 2 * half), last_to = room - (h.next_out + half);
      for (; oy + rows <= height && at <= last && to <= last_to; oy += rows, at += 2 * rows * row, to += rows * windows)
        halve<places>(x + at, h, at, y + to, moved_by(argmax, to));
    };
    if (windows > block) {
      for (; oy < height; ++oy, at += 2 * row, to += windows)
        for (Index i = 0; i < windows; i += block) {
          const Index k = i < windows - block ? i : windows - block;  // the last one lies over the one before
          halve<places>(x + at + 2 * k, one_row, at + 2 * k, y + to + k, moved_by(argmax, to + k));
        }
    } else if (windows <= half) {
      run(two_rows, 2);
    }
    run(one_row, 1);
    for (; oy < height; ++oy, at += 2 * row, to += windows)
      halve_few<places>(x + at, row, at, y + to, moved_by(argmax, to), static_cast<int>(windows));
  }
}

// y, argmax (channels, output height, output width)
template <bool places>
void max_pool_with(const real* x, const Window& w, real* y, std::int32_t* argmax) {
  if (is_halving(w)) return max_pool_halving<places>(x, w, y, argmax);
  for (int channel = 0; channel < w.channels; ++channel, x += static_cast<Index>(w.height) * w.width)
    for (Index oy = 0; oy < w.out_height; ++oy, y += w.out_width, argmax = moved_by(argmax, w.out_width))
      pool_row<places>(x, w, oy, y, argmax);
}

void max_pool(const real* x, const Window& w, real* y, std::int32_t* argmax) {
  return argmax ? max_pool_with<true>(x, w, y, argmax) : max_pool_with<false>(x, w, y, argmax);
}

// n values in each of the two rows under such windows, the first at `position` in the channel. Each lies under one window only, so
// that nothing adds up.
inline void unhalve(const real* dy, const std::int32_t* argmax, Index position, Index row, real* dx, int n) {
  const Vec g = load_twice(dy, n / 2);
  const IntVec here = load_twice(argmax, n / 2) - (ascending() + broadcast_int(position));
  const Vec top = here == 0 ? g : Vec{}, bottom = here == broadcast_int(row) ? g : Vec{};
  if (n == width)
    store(dx, top), store(dx + row, bottom);
  else
    store_partial(dx, top, n), store_partial(dx + row, bottom, n);
}

void max_pool_back_halving(const real* dy, const std::int32_t* argmax, const Window& w, real* dx) {
  const Index row = w.width, windows = w.out_width, covered = 2 * windows;
  for (int channel = 0; channel < w.channels; ++channel) {
    for (Index oy = 0; oy < w.out_height; ++oy, dy += windows, argmax += windows, dx += 2 * row) {
      const auto part = [=](Index i, int n) { unhalve(dy + i / 2, argmax + i / 2, 2 * oy * row + i, row, dx + i, n); };
      Index i = 0;
      for (; i + width <= covered; i += width) part(i, width);
      if (i < covered && i > 0)
        part(covered - width, width);  // over the part before
      else if (i < covered)
        part(0, static_cast<int>(covered));
      if (row > covered) dx[row - 1] = dx[2 * row - 1] = 0;
    }
    if (w.height % 2) zero(dx, row), dx += row;
  }
}

void max_pool_back(const real* dy, const std::int32_t* argmax, const Window& w, real* dx) {
  if (is_halving(w)) return max_pool_back_halving(dy, argmax, w, dx);
  const Index positions = static_cast<Index>(w.out_height) * w.out_width, plane = static_cast<Index>(w.height) * w.width;
  zero(dx, w.channels * plane);
  for (int channel = 0; channel < w.channels; ++channel, dx += plane, dy += positions, argmax += positions)
    for (Index i = 0; i < positions; ++i) dx[argmax[i]] += dy[i];
}

}  // namespace

extern const WindowKernels window_kernels;
const WindowKernels window_kernels = {.im2col = im2col, .col2im = col2im, .max_pool = max_pool, .max_pool_back = max_pool_back};

}  // namespace cambium::CAMBIUM_ISA
