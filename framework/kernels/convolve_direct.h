// Direct convolution: filters lie side by side in the lanes of vectors, and the values of an image are spread over them one by one.
//
//   forward    y(position, filters) += x(channel, position + tap) * w(channel, tap, filters)
//   gradient   dw(channel, tap, filters) += x(channel, position + tap) * dy(position, filters)
//
// A product thus never depends on where in memory a position lies: no lane is lost at the edges of an image however small it is,
// and strides cost nothing. The price is that y and dy, which lie filter by filter, are turned on the way, once each.
#pragma once

#include <stddef.h>
#include <string.h>

#include "cambium/framework/kernels/convolve.h"
#include "cambium/framework/kernels/simd.h"

namespace cambium::CAMBIUM_ISA {

using Index = ptrdiff_t;

// What the lanes of the vectors stand for. Where the filters fill no more than half a vector, two samples share it: lane i belongs
// to filter i / 2 of sample i % 2.
struct Lanes {
  int group;    // samples that share a vector
  int filters;  // in a vector
  int vectors;  // for all filters

  explicit Lanes(int count) : group(2 * count <= width ? 2 : 1), filters(width / group), vectors((count + filters - 1) / filters) {}
};

// An image with zeros written left and right of each row, the samples of a group value by value side by side. With `phases` p > 1
// each row is cut into the columns 0, p, 2p .., then 1, p + 1, 2p + 1 .. and so on: what a window that moves by p meets lies
// without gaps. Above and below nothing is written: rows outside the image are left out of the sums, or replaced.
struct Padded {
  int group, phases;
  Index columns, row, plane;  // values of a phase, of a row, of a channel
  bool copied;                // else the image serves as it is

  Padded(const Window& w, int group_, int phases_)
      : group(group_),
        phases(phases_),
        columns(static_cast<Index>((w.width + 2 * w.pad_width + phases_ - 1) / phases_) * group_),
        row(columns * phases_),
        plane(row * w.height),
        copied(group_ > 1 || phases_ > 1 || w.pad_width > 0) {}

  Index values(const Window& w) const { return copied ? plane * w.channels : 0; }
  // Of the window's place (row, column), from its first.
  Index offset(int kernel_row, int kernel_column) const {
    return kernel_row * row + kernel_column % phases * columns + kernel_column / phases * group;
  }
};

// Copies `samples` images, at most a group, between the padding, which must be 0 already; a missing one is 0.
void copy_padded(const Padded& padded, const Window& w, const real* x, int samples, real* to);

// The value at `from`, or one each of two samples, in all lanes.
template <int group>
[[gnu::always_inline]] inline Vec spread(const real* from) {
  if constexpr (group == 1) return fill(*from);
  Vec v;
  if constexpr (sizeof(real) == 4) {
    typedef long long Pairs __attribute__((vector_size(vector_bytes)));
    long long pair;
    memcpy(&pair, from, sizeof pair);
    const Pairs pairs = pair - Pairs{};
    memcpy(&v, &pairs, sizeof v);
  } else {
    for (int i = 0; i < width; ++i) v[i] = from[i % 2];
  }
  return v;
}

// Widths of a kernel's rows whose gradient is computed directly.
inline constexpr int widest_gradient = 5;

// What backward computes, as a forward convolution of dy: the kernel flipped, filters and channels exchanged. For stride 1.
Convolution mirrored(const Convolution& of);

// Whether the functions below know the convolution, and work on it well.
bool is_direct(const Convolution& of);
bool has_direct_mirror(const Convolution& of);
bool has_direct_gradient(const Convolution& of);

Index direct_weights(const Convolution& of);
Index direct_scratch(const Convolution& of);
Index direct_gradient_scratch(const Convolution& of);

// The weights as (vectors, channel, tap, lane). `mirror`: those of mirrored(of).
void arrange_direct(const Convolution& of, const real* w, bool mirror, real* arranged);
void forward_direct(const Convolution& of, const real* x, const real* arranged, const real* bias, real* y, int samples,
                    real* scratch);
void gradient_direct(const Convolution& of, const real* x, const real* dy, real* dw, int samples, bool add, real* scratch);

}  // namespace cambium::CAMBIUM_ISA
