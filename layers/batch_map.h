// What the layers share that normalize a whole batch by one map per channel, and differ in where it comes from: from the batch
// (BatchNorm), from the batch and what came before (BatchRenorm), from averages over several batches (StreamingNorm).
#pragma once

#include <cstddef>
#include <span>

#include "cambium/framework/base/layer.h"
#include "cambium/layers/statistics.h"

namespace cambium::batch_map {

// (ref, delta, rstd) and (k0, k1) per channel, as form::Normalize wants them; a room for the layer itself may come third.
enum Kept { map_room, back_room, own_room };

// All but state, gradient and min_batch: one statistic per channel of `extent`, gathered piece by piece.
Needs needs_of(const Shape& in, Extent extent);

void gather(const Pass& pass, Rows rows, Extent extent, std::span<double> out) noexcept;
// With a bound above 0, y is cut there (kernels/bounded.h); such a layer must not say that it is a form::Normalize.
void forward(const Pass& pass, Rows rows, Extent extent, real bound = 0) noexcept;
void gather_back(const Back& back, Rows rows, Extent extent, std::span<double> out, real bound = 0) noexcept;
void backward(const Back& back, Rows rows, Extent extent, real bound = 0) noexcept;

// The batch's statistics of one channel, relative to the reference of the first piece.
struct Moments {
  double ref, shift, variance;  // mean = ref + shift
};

// Merges what the pieces gathered, in their order (Chan, Golub, LeVeque 1983). Pieces cut the batch as the plan did.
Moments merge(std::span<const double> all, Extent extent, std::size_t c, int batch) noexcept;

// Of one channel, over the batch: the sum of g and the sum of g xhat. Both are 0 in evaluate mode, where nothing is gathered.
struct BackSums {
  double g, g_xhat;
};
BackSums merge_back(std::span<const double> all, Extent extent, std::size_t c) noexcept;

}  // namespace cambium::batch_map
