// What the layers share that normalize a whole batch by one map per channel, and differ in where it comes from: from the batch
// (BatchNorm), from the batch and what came before (BatchRenorm), from averages over several batches (StreamingNorm).
#pragma once

#include <cstddef>
#include <span>

#include "cambium/framework/base/layer.h"
#include "cambium/layers/normalization/statistics.h"

namespace cambium {

// A layer that derives from it declares its state, and writes the map in `merge` and the pulls in `merge_back`.
class BatchMapNorm : public Layer, public Statistics {
 public:
  void forward(const Forward& ctx, Slice samples) const noexcept final;
  void backward_input(const Backward& ctx, Slice samples) const noexcept final;
  void partial(const Forward& ctx, Slice samples, std::span<double> out) const noexcept final;
  void partial_back(const Backward& ctx, Slice samples, std::span<double> out) const noexcept final;

 protected:
  // With a bound above 0, y is cut there (BoundedKernels); such a layer must not say that it is a form::Normalize.
  explicit BatchMapNorm(Per per, real bound = 0) : per_(per), bound_(bound) {}

  // The saved buffers; one for the layer itself may come third.
  enum Kept { map_buffer = form::Normalize::map_buffer, pulls_buffer = form::Normalize::pulls_buffer, own_buffer };

  // All but state, gradient and min_batch.
  LayerSpec spec_for(const Shape& in) const;
  Extent extent(const Context& ctx) const { return extent_of(ctx.x[0].shape, per_); }

  // The batch's statistics of one channel, relative to the reference of the first chunk.
  struct Moments {
    double ref, shift, variance;  // mean = ref + shift
  };
  // From what the chunks summed up, in their order (Chan, Golub, LeVeque 1983). How many samples each has follows from the batch
  // and their number, by slice_of.
  static Moments moments(std::span<const double> all, Extent extent, std::size_t c, int batch) noexcept;

  // Of one channel, over the batch. Both are 0 in evaluate mode, where nothing is summed up.
  struct GradientSums {
    double g, g_xhat;
  };
  static GradientSums gradient_sums(std::span<const double> all, Extent extent, std::size_t c) noexcept;

 private:
  Per per_;
  real bound_;
};

}  // namespace cambium
