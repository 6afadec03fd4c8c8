// Direct convolution: filters lie side by side in the lanes of vectors, and the values of an image are spread over them one by one.
//
//   forward    y(position, filters) += x(channel, position + tap) * w(channel, tap, filters)
//   backward   dx(position * stride + tap, channels) += dy(filter, position) * w(filter, tap, channels)
//   gradient   dw(channel, tap, filters) += x(channel, position + tap) * dy(position, filters)
//
// A product thus never depends on where in memory a position lies: no lane is lost at the edges of an image however small it is,
// and strides cost nothing. The price is that y, dx and dy, which lie filter by filter, are turned on the way, once each.
#pragma once

#include <stddef.h>

#include "cambium/framework/kernels/convolve.h"
#include "cambium/framework/kernels/convolve_padded.h"
#include "cambium/framework/kernels/simd.h"

namespace cambium::CAMBIUM_ISA {

// What the lanes of the vectors stand for. Where the filters fill no more than half a vector, two rows of positions share it: lane
// i belongs to filter i / 2 of row i % 2.
struct Lanes {
  int group;    // rows that share a vector
  int filters;  // in a vector
  int vectors;  // for all filters

  explicit Lanes(int count, bool may_share = true)
      : group(may_share && 2 * count <= width ? 2 : 1), filters(width / group), vectors((count + filters - 1) / filters) {}
};

// Widths of a kernel's rows whose gradient is computed directly.
inline constexpr int widest_gradient = 5;

// What backward computes, as a forward convolution of dy: the kernel flipped, filters and channels exchanged. For stride 1.
Convolution mirrored(const Convolution& of);
bool has_mirror(const Convolution& of);

// Whether the functions below know the convolution, and work on it well.
bool is_direct(const Convolution& of);
bool has_direct_backward(const Convolution& of);
bool has_direct_gradient(const Convolution& of);

Index direct_weights(const Convolution& of);
Index direct_scratch(const Convolution& of);
Index direct_backward_weights(const Convolution& of);
Index direct_backward_scratch(const Convolution& of);
Index direct_gradient_scratch(const Convolution& of);

// Weights for a block of vectors of filters, as (channel, tap, vector, lane). `exchange`: those of filters for channels.
// `may_share`: where few filters lie twice in a vector, for two rows.
struct Arrangement {
  bool exchange, flip, may_share = true;
};
real* arrange_block(const Convolution& of, const real* w, Arrangement how, int first_filter, int vectors, real* arranged);

// The weights as (vectors, channel, tap, lane). `mirror`: those of mirrored(of).
void arrange_direct(const Convolution& of, const real* w, bool mirror, real* arranged);
void arrange_direct_backward(const Convolution& of, const real* w, real* arranged);

void forward_direct(const Convolution& of, const real* x, const real* arranged, const real* bias, real* y, int samples,
                    real* scratch);
void backward_direct(const Convolution& of, const real* dy, const real* arranged, real* dx, int samples, real* scratch);
void gradient_direct(const Convolution& of, const real* x, const real* dy, real* dw, int samples, bool add, real* scratch);

}  // namespace cambium::CAMBIUM_ISA
