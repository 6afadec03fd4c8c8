// Sums of a convolution with positions in the lanes of vectors. What a tap meets at all positions of a plane of y, one after the
// other, must lie in x one after the other too:
//
//   y(filter, positions) += x(channel, positions + tap) * w(filter, channel, tap)
#pragma once

#include "cambium/framework/kernels/convolution/algorithms.h"
#include "cambium/framework/kernels/parts.h"

namespace cambium::CAMBIUM_ISA {

inline Index least(Index a, Index b) { return a < b ? a : b; }

struct ShiftedSums {
  int filters, channels, taps;
  Index plane;       // positions, two vectors of them at least
  Index channel;     // from one channel of x to the next
  const Index* tap;  // where each lies, from the first
};

// Sums are made in tiles of two or three vectors of positions, as few as cover the plane, and as many filters as leave registers
// for them and a weight.
inline int shifted_vectors(Index plane) {
  const Index three = 3 * width, two = 2 * width;
  return plane >= three && (plane + three - 1) / three * three <= (plane + two - 1) / two * two ? 3 : 2;
}
constexpr int most_shifted_filters(int vectors) { return (vector_registers - 1) / vectors - 1; }

// The blocks of filters in which the weights lie, each as (channel, tap, filter): visit(first, how many).
template <class Visit>
inline void for_each_shifted_block(int filters, Index plane, Visit visit) {
  for (const Part block : Parts(filters, most_shifted_filters(shifted_vectors(plane)))) visit(block.begin, block.size);
}
// y (filter, position) = the sums + bias, which may be null.
void add_up_shifted(const ShiftedSums& sums, const real* x, const real* packed, const real* bias, real* y);

// Asks for the values of x that will be read soon.
inline void fetch(const real* x, Index n) {
  for (Index i = 0; i < n; i += 64 / static_cast<Index>(sizeof(real))) __builtin_prefetch(x + i);
}

}  // namespace cambium::CAMBIUM_ISA
