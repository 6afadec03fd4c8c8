#include "cambium/framework/kernels/window.h"

#include <string.h>

namespace cambium::CAMBIUM_ISA {

namespace {

using Index = std::ptrdiff_t;

// The output positions from `first` to `last` whose window, at this offset inside it, lies on the image:
// 0 <= position * stride + offset < size.
struct Span {
  Index first, last;
};
inline Span on_image(Index out, Index stride, Index offset, Index size) {
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
  const Span valid = on_image(width, stride, offset, w.width);
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
void gather_columns(const real* x, const Window& w, real* columns) {
  const Index positions = static_cast<Index>(w.out_height) * w.out_width;
  for (int channel = 0; channel < w.channels; ++channel, x += static_cast<Index>(w.height) * w.width)
    for (int row = 0; row < w.kernel_height; ++row)
      for (int column = 0; column < w.kernel_width; ++column, columns += positions) gather_row(x, w, row, column, columns);
}

inline void scatter_row(const real* in, const Window& w, int row, int column, real* dx) {
  const Index offset = column - w.pad_width, width = w.out_width, stride = w.stride_width;
  const Span valid = on_image(width, stride, offset, w.width);
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

void scatter_columns(const real* dcolumns, const Window& w, real* dx) {
  const Index positions = static_cast<Index>(w.out_height) * w.out_width, plane = static_cast<Index>(w.height) * w.width;
  zero(dx, w.channels * plane);
  for (int channel = 0; channel < w.channels; ++channel, dx += plane)
    for (int row = 0; row < w.kernel_height; ++row)
      for (int column = 0; column < w.kernel_width; ++column, dcolumns += positions) scatter_row(dcolumns, w, row, column, dx);
}

// Compares what lies at one offset of every window of an output row with the best so far. A NaN wins, so that it is not lost.
// x is at the offset of the first window, which is `position` in the channel.
inline void compare(const real* x, int position, int stride, int windows, real* __restrict y, std::int32_t* __restrict where) {
  for (int i = 0; i < windows; ++i) {
    const real value = x[static_cast<Index>(i) * stride], best = y[i];
    const std::int32_t old = where[i], here = position + i * stride;
    const bool better = (value > best) | (value != value);
    y[i] = better ? value : best;
    where[i] = better ? here : old;
  }
}

// One output row of one channel.
inline void pool_row(const real* x, const Window& w, Index oy, real* y, std::int32_t* where) {
  const Index top = oy * w.stride_height - w.pad_height;
  const Index first_row = top < 0 ? 0 : top;
  const Index last_row = top + w.kernel_height < w.height ? top + w.kernel_height : w.height;
  for (Index ox = 0; ox < w.out_width; ++ox) {  // the first value of the window that is on the image
    const Index left = ox * w.stride_width - w.pad_width;
    const Index position = first_row * w.width + (left < 0 ? 0 : left);
    y[ox] = x[position];
    where[ox] = static_cast<std::int32_t>(position);
  }
  for (Index iy = first_row; iy < last_row; ++iy)
    for (int column = 0; column < w.kernel_width; ++column) {
      const Index offset = column - w.pad_width;
      const Span valid = on_image(w.out_width, w.stride_width, offset, w.width);
      const Index start = iy * w.width + offset + valid.first * w.stride_width;
      const int windows = static_cast<int>(valid.last - valid.first), position = static_cast<int>(start);
      // The usual stride as a constant: the compiler then knows how to pick every second value.
      if (w.stride_width == 2) compare(x + start, position, 2, windows, y + valid.first, where + valid.first);
      else compare(x + start, position, w.stride_width, windows, y + valid.first, where + valid.first);
    }
}

// y, where (channels, output height, output width)
void max_pool(const real* x, const Window& w, real* y, std::int32_t* where) {
  for (int channel = 0; channel < w.channels; ++channel, x += static_cast<Index>(w.height) * w.width)
    for (Index oy = 0; oy < w.out_height; ++oy, y += w.out_width, where += w.out_width) pool_row(x, w, oy, y, where);
}

void max_pool_back(const real* dy, const std::int32_t* where, const Window& w, real* dx) {
  const Index positions = static_cast<Index>(w.out_height) * w.out_width, plane = static_cast<Index>(w.height) * w.width;
  zero(dx, w.channels * plane);
  for (int channel = 0; channel < w.channels; ++channel, dx += plane, dy += positions, where += positions)
    for (Index i = 0; i < positions; ++i) dx[where[i]] += dy[i];
}

}  // namespace

extern const WindowKernels window_kernels;
const WindowKernels window_kernels = {.gather_columns = gather_columns, .scatter_columns = scatter_columns, .max_pool = max_pool,
                                      .max_pool_back = max_pool_back};

}  // namespace cambium::CAMBIUM_ISA
