// Forward convolution with positions in the lanes of vectors, for little depth: few channels and taps, as in first layers.
//
//   y(filter, positions) += x(channel, positions + tap) * w(filter, channel, tap)
//
// Positions follow each other without a gap, from one row into the next: for that, each column of the kernel gets a copy of the
// image of its own, moved by it and cut to the width of y. Nothing is turned, which with little depth is most of the work.
#pragma once

#include "cambium/framework/kernels/convolve.h"
#include "cambium/framework/kernels/convolve_padded.h"

namespace cambium::CAMBIUM_ISA {

inline Index least(Index a, Index b) { return a < b ? a : b; }

bool is_flat(const Convolution& of);
Index flat_weights(const Convolution& of);
Index flat_scratch(const Convolution& of);
// `mirror`: the weights of mirrored(of).
void arrange_flat(const Convolution& of, const real* w, bool mirror, real* arranged);
void forward_flat(const Convolution& of, const real* x, const real* arranged, const real* bias, real* y, int samples,
                  real* scratch);

// The sums themselves, over channels and taps, once x lies so that a plane of positions and each tap are a run of values.
struct FlatSums {
  int filters, channels, taps;
  Index plane;       // positions, two vectors of them at least
  Index channel;     // from one channel of x to the next
  const Index* tap;  // where each lies, from the first
};
// Sums are made in tiles of two or three vectors of positions, as few as cover the plane, and as many filters as leave registers
// for them and a weight.
inline int flat_vectors(Index plane) {
  const Index three = 3 * width, two = 2 * width;
  return plane >= three && (plane + three - 1) / three * three <= (plane + two - 1) / two * two ? 3 : 2;
}
constexpr int most_flat_filters(int vectors) { return (vector_registers - 1) / vectors - 1; }

// The blocks of filters in which the weights lie, each as (channel, tap, filter): visit(first, how many). Their sizes differ by 1.
template <class Visit>
inline void for_each_flat_block(int filters, Index plane, Visit visit) {
  const int most = most_flat_filters(flat_vectors(plane)), blocks = (filters + most - 1) / most;
  for (int b = 0, first = 0; b < blocks; ++b) {
    const int size = (filters - first + blocks - b - 1) / (blocks - b);
    visit(first, size);
    first += size;
  }
}
// y (filter, position) = the sums + bias, which may be null.
void add_up_flat(const FlatSums& sums, const real* x, const real* arranged, const real* bias, real* y);

// Asks for the values of x that will be read soon.
inline void fetch(const real* x, Index n) {
  for (Index i = 0; i < n; i += 64 / static_cast<Index>(sizeof(real))) __builtin_prefetch(x + i);
}

// The gradient of the weights, likewise.
bool has_flat_gradient(const Convolution& of);
Index flat_gradient_scratch(const Convolution& of);
void gradient_flat(const Convolution& of, const real* x, const real* dy, real* dw, int samples, bool add, real* scratch);

}  // namespace cambium::CAMBIUM_ISA
