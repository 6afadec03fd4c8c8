#include "cambium/framework/kernels/convolution/winograd_product.h"

#include "cambium/framework/kernels/indices.h"

namespace cambium::CAMBIUM_ISA {

namespace {

// Tiles of the image in a tile of the product: what fits into the registers beside the filters.
constexpr int most_rows(int vectors) {
  const int rows = (vector_registers - 1) / vectors - 1;
  return rows < 12 ? rows : 12;
}

// The product's tile: sums of `rows` tiles of the image and some vectors of filters in registers, while the channels run.
template <int rows, int vectors>
void multiply(int channels, const real* v, Index next_in, const real* u, real* m, Index next_out) {
  Vec sum[rows][vectors];
#pragma GCC unroll 32
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 32
    for (int f = 0; f < vectors; ++f) sum[r][f] = Vec{};
  for (int left = channels; left > 0; left -= width, v += places * width)
    for (int c = 0; c < (left < width ? left : width); ++c, u += vectors * width) {
      Vec weight[vectors];
#pragma GCC unroll 32
      for (int f = 0; f < vectors; ++f) weight[f] = in_register(load(u + f * width));
#pragma GCC unroll 32
      for (int r = 0; r < rows; ++r) {
        const Vec value = broadcast(v[r * next_in + c]);
#pragma GCC unroll 32
        for (int f = 0; f < vectors; ++f) sum[r][f] = fma(value, weight[f], sum[r][f]);
      }
    }
#pragma GCC unroll 32
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 32
    for (int f = 0; f < vectors; ++f) store(m + r * next_out + f * places * width, sum[r][f]);
}

using ProductTile = void (*)(int channels, const real* v, Index next_in, const real* u, real* m, Index next_out);
template <int vectors, int... i>
ProductTile tile_of(int rows, Indices<i...>) {
  static constexpr ProductTile all[] = {multiply<i + 1, vectors>...};
  return all[rows - 1];
}
ProductTile tile_of(int rows, int vectors) {
  if (vectors == 1) return tile_of<1>(rows, IndicesBelow<most_rows(1)>());
  if (vectors == 2) return tile_of<2>(rows, IndicesBelow<most_rows(2)>());
  if constexpr (vector_registers == 32) {
    if (vectors == 3) return tile_of<3>(rows, IndicesBelow<most_rows(3)>());
    return tile_of<4>(rows, IndicesBelow<most_rows(4)>());
  }
  return nullptr;
}

}  // namespace

// One place's weights for a few vectors of filters stay in the first cache while all tiles pass.
void winograd_product(int channels, int filters, int tiles, const real* v, const real* u, real* m) {
  const Index next_in = winograd_tile(channels), next_out = winograd_tile(filters);
  const Parts across = winograd_blocks(filters);
  for (int place = 0; place < places; ++place, v += width, m += width) {
    const real* weights = u + place * winograd_place(channels, filters);
    real* to = m;
    for (const Part block : across) {
      const int vectors = block.size;
      for (const Part j : Parts(tiles, most_rows(vectors)))
        tile_of(j.size, vectors)(channels, v + j.begin * next_in, next_in, weights, to + j.begin * next_out, next_out);
      weights += static_cast<Index>(channels) * vectors * width;
      to += vectors * places * width;
    }
  }
}

}  // namespace cambium::CAMBIUM_ISA
