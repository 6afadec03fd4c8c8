// Deliberate covariate shift: another random scale and shift of every node in each pass.
#pragma once

#include "cambium/framework/base/layer.h"

namespace landscape {

struct ShiftNoiseOptions {
  double shift = 0.5;   // a node's shift of this pass lies within +- this
  double scale = 1.25;  // its scale between 1 and this
  double spread = 0.1;  // each sample's shift and scale lie within +- this around those

  template <class V>
  void fields(V&& visit) {
    visit("shift", shift), visit("scale", scale), visit("spread", spread);
  }
};

// Santurkar, Tsipras, Ilyas, Madry 2018, appendix A: y = s x + m. In train mode each channel c draws for each pass
//   mean_c in U(-shift, shift),  deviation_c in U(1, scale)
// and each value within it  m in U(mean_c - spread, mean_c + spread),  s in U(deviation_c - spread, deviation_c + spread).
// dx = s dy. All is drawn from the pass's random stream, again on the way back. In evaluate and adapt mode y = x.
class ShiftNoise final : public cambium::Layer {
 public:
  explicit ShiftNoise(ShiftNoiseOptions options = {});

  cambium::LayerSpec plan(const cambium::Setting& setting) const override;
  void forward(const cambium::Forward& ctx, cambium::Slice slice) const noexcept override;
  void backward_input(const cambium::Backward& ctx, cambium::Slice slice) const noexcept override;
  cambium::Description describe() const override;

 private:
  void run(const cambium::Context& ctx, cambium::ConstView from, cambium::View to, cambium::Slice slice,
           bool shifts) const noexcept;

  ShiftNoiseOptions options_;
};

}  // namespace landscape
