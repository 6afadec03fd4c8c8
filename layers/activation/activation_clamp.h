// Cuts values beyond a bound, so that one wild activation cannot run through the whole network.
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

struct ActivationClampOptions {
  double bound = 5;

  template <class V>
  void fields(V&& visit) {
    visit("bound", bound);
  }
};

// y = x between -bound and bound, else the nearer of them; dx = dy where |x| < bound, 0 at the bound and beyond. NaN stays NaN.
//
// Online norm goes by statistics that are a little old, and what they get wrong adds up from layer to layer. This is the guard
// that its authors release it with (Chiley et al. 2019; LayerScaling is the other one): OnlineNorm(), Affine(), ActivationClamp().
// It comes after the affine step, so gamma says how much passes. A normalized event of probability p stands sqrt((1 - p) / p)
// high, which is above 5 for any p below 1/26: where rare events matter, leave it out.
//
// Any shape; the same in every mode. Throws Error for a bound outside 1e-30 to 1e30.
class ActivationClamp : public Layer {
 public:
  explicit ActivationClamp(double bound) : ActivationClamp(ActivationClampOptions{.bound = bound}) {}
  explicit ActivationClamp(ActivationClampOptions options = {});

  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  Description describe() const override;

 private:
  ActivationClampOptions options_;
};

}  // namespace cambium
