// The mean of each channel over the whole image.
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

// y_c = mean over i, j of x_c(i, j),  dx_c(i, j) = dy_c / (height width). The sum is taken in double.
//
// Shapes: x (channels, height, width), y (channels). Throws Error when planned for anything but an image.
class GlobalAvgPool : public Layer {
 public:
  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  Description describe() const override;
};

}  // namespace cambium
