#include "cambium/framework/kernels/convolve_direct.h"
#include "cambium/framework/kernels/transpose.h"

namespace cambium::CAMBIUM_ISA {

// For a vector and a channel, the taps of each filter are a row of w: squares of those are turned.
real* arrange_block(const Convolution& of, const real* w, Arrangement how, int first_filter, int vectors, real* arranged) {
  const Index taps = static_cast<Index>(of.window.kernel_height) * of.window.kernel_width, all = of.window.channels * taps;
  const int filters = how.exchange ? of.window.channels : of.filters, channels = how.exchange ? of.filters : of.window.channels;
  const Index filter = how.exchange ? taps : all, channel = how.exchange ? all : taps;
  const Lanes lanes(filters, how.may_share);
  for (int v = 0; v < vectors; ++v)
    for (Index c = 0; c < channels; ++c)
      for (Index t0 = 0; t0 < taps; t0 += width) {
        const int count = taps - t0 < width ? static_cast<int>(taps - t0) : width;
        const real* from = w + c * channel + (how.flip ? taps - t0 - count : t0);
        Vec rows[width];
        for (int i = 0; i < width; ++i) {
          const int f = first_filter + v * lanes.filters + i / lanes.group;
          rows[i] = f < filters ? load_first(from + f * filter, count) : Vec{};
        }
        transpose(rows);
        real* to = arranged + ((c * taps + t0) * vectors + v) * width;
        for (int i = 0; i < count; ++i) store(to + i * vectors * width, rows[how.flip ? count - 1 - i : i]);
      }
  return arranged + vectors * width * channels * taps;
}

Convolution mirrored(const Convolution& of) {
  const Window& w = of.window;
  return {{of.filters, w.out_height, w.out_width, w.kernel_height, w.kernel_width, 1, 1, w.kernel_height - 1 - w.pad_height,
           w.kernel_width - 1 - w.pad_width, w.height, w.width},
          w.channels};
}

bool has_mirror(const Convolution& of) {
  const Window& w = of.window;
  return w.stride_height == 1 && w.stride_width == 1 && w.pad_height < w.kernel_height && w.pad_width < w.kernel_width;
}

}  // namespace cambium::CAMBIUM_ISA
