#include "cambium/framework/kernels/convolution/lanes.h"

namespace cambium::CAMBIUM_ISA {

// For a vector and a channel, the taps of each filter are a row of w: squares of those are transposed.
real* pack_lanes(const Convolution& of, WeightView w, Lanes lanes, int first_filter, int vectors, real* packed) {
  const Index taps = taps_of(of.window), channels = of.window.channels;
  const int filters = of.filters;
  for (int v = 0; v < vectors; ++v)
    for (Index c = 0; c < channels; ++c)
      for (Index t0 = 0; t0 < taps; t0 += width) {
        const int count = taps - t0 < width ? static_cast<int>(taps - t0) : width;
        const real* from = w.values + c * w.channel + (w.flipped ? taps - t0 - count : t0);
        Vec rows[width];
        for (int i = 0; i < width; ++i) {
          const int f = first_filter + v * lanes.filters + i / lanes.group;
          rows[i] = f < filters ? load_partial(from + f * w.filter, count) : Vec{};
        }
        transpose(rows);
        real* to = packed + ((c * taps + t0) * vectors + v) * width;
        for (int i = 0; i < count; ++i) store(to + i * vectors * width, rows[w.flipped ? count - 1 - i : i]);
      }
  return packed + vectors * width * channels * taps;
}

}  // namespace cambium::CAMBIUM_ISA
