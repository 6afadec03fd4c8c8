// The product between Winograd's transforms: for each of the 36 places, M (tile, filter) = V (tile, channels) U (channels, filter).
// V and M lie as (tile, vector, place, lane), so that both transforms run through memory from front to back; U as
// (place; block of vectors of filters, channel, vector, lane).
#pragma once

#include "cambium/framework/kernels/convolution/winograd_transform.h"
#include "cambium/framework/kernels/parts.h"

namespace cambium::CAMBIUM_ISA {

inline int vectors_for(int values) { return (values + width - 1) / width; }

// From one tile of V or M to the next.
inline Index winograd_tile(int values) { return static_cast<Index>(places) * vectors_for(values) * width; }

// From one place's weights to the next. The gap of 64 bytes spreads the 36 places over the first cache, which writing them needs.
inline Index winograd_place(int channels, int filters) {
  return static_cast<Index>(channels) * vectors_for(filters) * width + 64 / static_cast<int>(sizeof(real));
}

// The blocks of vectors of filters: each value that is broadcast serves as many multiply-adds.
inline Parts winograd_blocks(int filters) { return Parts(vectors_for(filters), vector_registers == 32 ? 4 : 2); }

void winograd_product(int channels, int filters, int tiles, const real* v, const real* u, real* m);

}  // namespace cambium::CAMBIUM_ISA
