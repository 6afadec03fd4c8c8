// A scale and a shift for every channel, learnt: the part of textbook batch norm that is no normalization.
#pragma once

#include "cambium/framework/base/layer.h"
#include "cambium/layers/normalization/statistics.h"

namespace cambium {

struct AffineOptions {
  bool gamma = true;  // the scale
  bool beta = true;   // the shift
  Per per = Per::channel;

  template <class V>
  void fields(V&& visit) {
    visit("gamma", gamma), visit("beta", beta), visit("per", per);
  }
};

// y = gamma_c x + beta_c, gamma from 1 and beta from 0, so that it starts as the identity.
// dx = gamma_c dy,  dgamma_c = sum of dy x,  dbeta_c = sum of dy, over samples and positions
//
// Shapes: any; gamma and beta (channels), or (sample size) per element. Weight decay does not apply to them by default.
class Affine : public Layer {
 public:
  explicit Affine(AffineOptions options = {});

  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  void backward_params(const Backward& ctx, Slice part, Gradients to) const noexcept override;
  Description describe() const override;

 private:
  const real* gamma(const Context& ctx) const { return options_.gamma ? ctx.params[0] : nullptr; }
  const real* beta(const Context& ctx) const { return options_.beta ? ctx.params[options_.gamma ? 1 : 0] : nullptr; }

  AffineOptions options_;
};

}  // namespace cambium
