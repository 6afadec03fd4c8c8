// Every output is a weighted sum of all inputs.
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

struct DenseOptions {
  bool bias = true;
  Initializer init = init::he_normal();
  Initializer bias_init = init::zeros();

  template <class V>
  void fields(V&& visit) {
    visit("bias", bias), visit("init", init), visit("bias_init", bias_init);
  }
};

// y_o = sum over i of w_oi x_i + b_o
// dx_i = sum over o of w_oi dy_o,  dw_oi = sum over samples of dy_o x_i,  db_o = sum over samples of dy_o
//
// The sums over samples of dw are in double beyond 4096 samples, in steps of 1024; those of db always.
//
// Shapes: x (inputs), y (outputs), weight (outputs, inputs), bias (outputs). The inputs are found out while planning.
// Throws Error unless outputs is at least 1, and when planned for an input that is not flat.
class Dense : public Layer, public OutputSplit {
 public:
  explicit Dense(int outputs, DenseOptions options = {});

  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void forward_outputs(const Forward& ctx, Slice slice, Slice part) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  void backward_params(const Backward& ctx, Slice part, Gradients to) const noexcept override;
  Description describe() const override;

 private:
  void weight_gradient(const Backward& ctx, Slice part, Gradients to) const noexcept;

  int outputs_;
  DenseOptions options_;
};

}  // namespace cambium
