// A linear layer and the maps per channel behind it, as one linear layer of other weights. Reads Forms, never layers.
#pragma once

#include <memory>
#include <vector>

#include "cambium/framework/base/layer.h"

namespace cambium {

// How many of these layers, each the only reader of the one before, can be one folded op: a Dense or Conv, then a Normalize that
// does not depend on the sample, then a ChannelMap, or one of the two; both over as many channels as there are outputs. 1: none.
int foldable(const std::vector<LayerSpec>& specs);

// For inference. With mean = ref + delta and rstd as the normalizer's map has them,
//   y = ((W x + b - mean) rstd) gamma + beta = W' x + b',   W' = diag(gamma rstd) W,   b' = beta + gamma rstd (b - mean)
// worked out in double from the map and the weights, and rounded once. The weights themselves stay as they are: W' and b' have
// buffers of their own, which `pack` writes. They are good for as long as neither parameters nor state move.
class FoldedLinear final : public Layer, public WeightPacking, public OutputSplit {
 public:
  // The layers of a foldable run, and what they need in the setting that this layer will be used in.
  FoldedLinear(std::vector<std::shared_ptr<const Layer>> layers, std::vector<LayerSpec> specs);

  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice samples) const noexcept override;
  void forward_outputs(const Forward& ctx, Slice samples, Slice part) const noexcept override;
  void backward_input(const Backward& ctx, Slice samples) const noexcept override;
  void pack(const Forward& ctx) const noexcept override;
  Description describe() const override;

 private:
  template <class Use>
  void with_folded(const Forward& ctx, Use use) const noexcept;

  std::shared_ptr<const Layer> linear_, normalize_;  // normalize_ may be null
  const WeightPacking* packing_ = nullptr;           // of linear_
  const OutputSplit* split_ = nullptr;
  const Statistics* statistics_ = nullptr;  // of normalize_
  bool bias_ = false, gamma_ = false, beta_ = false;
  std::size_t outputs_ = 0, depth_ = 0;  // W is (outputs, depth)
  std::size_t linear_buffers_ = 0;
  LayerSpec spec_;
};

}  // namespace cambium
