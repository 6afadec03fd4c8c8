// Brings values to the range from -1/2 to 1/2, by the least and the largest value of the first samples.
#pragma once

#include "cambium/framework/base/layer.h"
#include "cambium/layers/normalization/statistics.h"

namespace cambium {

struct RangeNormOptions {
  int samples = 100;      // so many first samples say what the range is; 0: all, so it goes on widening
  Per per = Per::pooled;  // one range for all elements

  template <class V>
  void fields(V&& visit) {
    visit("samples", samples), visit("per", per);
  }
};

// The simplest normalization, as in the Cottonwood framework (Rohrer 2019); right after the input, where the range is known or
// soon seen. With the least and the largest value seen so far:
//   y = (x - min) / (max - min) - 1/2,   dx = dy / (max - min),   the range being held fixed on the way back
// It is computed as (x - min - (max - min) / 2) / (max - min), so that a constant gives exactly 0. A range below 2^-100 counts as
// none: y is 0 then, and dx too. Once the range stays, values beyond it come out beyond +-1/2: nothing is clipped, and nothing but
// the range is remembered, so there is nothing that could run away. An element that hardly moved among the first samples may come
// out far beyond: put an ActivationClamp behind, or take BatchNorm(for_input).
//
// train, adapt: samples enter the range first, in the order of the batch, and stop at the limit, even within a batch; then the
// whole batch is normalized by the result. So a stream leaves the same range however it is cut into batches, while y depends on
// the cut as long as the range widens. evaluate: by the range as it is; as long as no sample has come, y = x.
// State: min, max (1 pooled, channels, or sample size), and the count of samples that have entered. Any shape.
// Throws Error for samples below 0.
class RangeNorm : public Layer, public Statistics {
 public:
  explicit RangeNorm(RangeNormOptions options = {});

  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  void partial(const Forward& ctx, Slice slice, std::span<double> out) const noexcept override;
  void merge(const Forward& ctx, std::span<double> all) const noexcept override;
  Description describe() const override;

 private:
  int entering(const Context& ctx) const noexcept;  // how many samples of this batch

  RangeNormOptions options_;
};

}  // namespace cambium
