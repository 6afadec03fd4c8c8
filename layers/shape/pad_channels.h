// More channels, all of them zero: how a shortcut without weights reaches a block that has more channels than came in.
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

// y = (x, 0, ..., 0) along the first size, with `after` channels of zeros;  dx is the part of dy that stands where x was.
// Behind MaxPool2d(1, {.stride = 2}), which takes every second pixel, it is the shortcut "option A" of He, Zhang, Ren, Sun 2015.
//
// Shapes: x (channels, ...), y (channels + after, ...). Throws Error unless `after` is at least 1.
class PadChannels : public Layer {
 public:
  explicit PadChannels(int after);

  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  Description describe() const override;

 private:
  int after_;
};

}  // namespace cambium
