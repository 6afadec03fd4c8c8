// Runs of layers that are computed in one pass over memory. Reads Forms, never layers.
#pragma once

#include <memory>
#include <vector>

#include "cambium/framework/base/layer.h"
#include "cambium/framework/kernels/normalize.h"

namespace cambium {

// Normalization, an optional channel map and an optional relu in one pass: y = relu?(xhat * gamma + beta). The statistics stay the
// business of the normalizing layer; xhat and what follows it are never stored, but computed again on the way back. Only of a
// layer that recurs is xhat there, value by value, and the recurrences of the way back take the gradient through what follows.
class FusedNormalize final : public Layer {
 public:
  // The forms as the layers declared them for the setting that this layer will be used in. `channel_map` may be null.
  FusedNormalize(std::shared_ptr<const Layer> normalize, form::Normalize normalize_form, std::shared_ptr<const Layer> channel_map,
                 form::ChannelMap map_form, bool relu);

  Needs plan(const Setting& setting) const override;
  void forward(const Pass& pass, Rows rows) const noexcept override;
  void backward(const Back& back, Rows rows) const noexcept override;
  void gradient(const Back& back, Rows part, Gradients gradients) const noexcept override;
  void gather(const Pass& pass, Rows rows, std::span<double> out) const noexcept override;
  void settle(const Pass& pass, std::span<double> all) const noexcept override;
  void gather_back(const Back& back, Rows rows, std::span<double> out) const noexcept override;
  void settle_back(const Back& back, std::span<double> all) const noexcept override;
  void recur(const Pass& pass, Rows channels) const noexcept override;
  void recur_back(const Back& back, Rows channels, const Behind& behind) const noexcept override;
  Description describe() const override;

 private:
  NormMap map(const Frame& frame, Rows rows, bool back) const;
  NormTail tail(const Frame& frame) const;

  std::shared_ptr<const Layer> normalize_;
  form::Normalize form_;
  std::shared_ptr<const Layer> channel_map_;
  form::ChannelMap map_form_;
  bool relu_;
};

// The longest fusable run that starts with forms[0]: how many of these consecutive forms one fused layer can take (1: none), for
// samples of so many channels. A normalization per element does not go with a map per channel.
int fusable(const std::vector<const Form*>& forms, int channels);

// Whether a pass of the first form and one of the second, which alone reads it, may change places: relu before the largest of a
// window.
bool may_swap(const Form& first, const Form& second);

}  // namespace cambium
