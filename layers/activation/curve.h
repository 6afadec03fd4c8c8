// What layers share that apply a smooth function value by value, whose derivative follows from y.
#pragma once

#include "cambium/framework/base/layer.h"
#include "cambium/framework/kernels/elementwise.h"

namespace cambium {

// Shapes: y as x, any. Works in place.
class Curve : public Layer {
 public:
  LayerSpec plan(const Setting& setting) const final;
  void forward(const Forward& ctx, Slice slice) const noexcept final;
  void backward_input(const Backward& ctx, Slice slice) const noexcept final;

 protected:
  using Function = form::Pointwise::Function;
  using Kernel = decltype(&ElementwiseKernels::tanh);
  using KernelBack = decltype(&ElementwiseKernels::tanh_back);
  Curve(Function function, Kernel kernel, KernelBack back) : function_(function), kernel_(kernel), back_(back) {}

 private:
  Function function_;
  Kernel kernel_;
  KernelBack back_;
};

}  // namespace cambium
