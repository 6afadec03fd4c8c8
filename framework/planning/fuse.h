// Layers that are computed in one pass over memory. Reads Forms, never layers.
#pragma once

#include <memory>
#include <vector>

#include "cambium/framework/base/layer.h"
#include "cambium/framework/kernels/normalize.h"

namespace cambium {

// Normalization, an optional channel map and an optional relu in one op: y = relu?(xhat * gamma + beta). The statistics stay the
// business of the normalizing layer; xhat and what follows it are never stored, but computed again on the way back. Only of a
// layer that recurs is xhat there, value by value, and the recurrences of the way back take the gradient through what follows.
class FusedNormalize final : public Layer, public Statistics, public Recurrence {
 public:
  // `spec`: what `normalize` said for the setting that this layer will be used in. `channel_map` may be null.
  FusedNormalize(std::shared_ptr<const Layer> normalize, const LayerSpec& spec, std::shared_ptr<const Layer> channel_map,
                 form::ChannelMap map_form, bool relu);

  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice samples) const noexcept override;
  void backward_input(const Backward& ctx, Slice samples) const noexcept override;
  void backward_params(const Backward& ctx, Slice part, Gradients gradients) const noexcept override;
  void partial(const Forward& ctx, Slice samples, std::span<double> out) const noexcept override;
  void merge(const Forward& ctx, std::span<double> all) const noexcept override;
  void partial_back(const Backward& ctx, Slice samples, std::span<double> out) const noexcept override;
  void merge_back(const Backward& ctx, std::span<double> all) const noexcept override;
  void recur(const Forward& ctx, Slice channels) const noexcept override;
  void recur_back(const Backward& ctx, Slice channels, const Epilogue& epilogue) const noexcept override;
  Description describe() const override;

 private:
  NormMap map(const Context& ctx, Slice samples, bool back) const;
  NormEpilogue epilogue(const Context& ctx) const;

  std::shared_ptr<const Layer> normalize_;
  const Statistics* statistics_;  // of normalize_; null where it recurs
  const Recurrence* recurrence_;
  form::Normalize form_;
  std::shared_ptr<const Layer> channel_map_;
  form::ChannelMap map_form_;
  bool relu_;
};

// The longest fusable run that starts with forms[0]: how many of these consecutive forms one fused layer can take (1: none), for
// samples of so many channels. A normalization per element does not go with a map per channel.
int fusable(const std::vector<const Form*>& forms, int channels);

// Whether an op of the first form and one of the second, which alone reads it, may change places: relu before the largest of a
// window.
bool may_swap(const Form& first, const Form& second);

}  // namespace cambium
