// Layers that the library does not have, for what a plan does with layers that it does not know.
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

// y = gain x^2: computed again on the way back, also where nothing is fused. Its gradient is found before dx is written over dy.
class Square final : public Layer {
 public:
  LayerSpec plan(const Setting& setting) const override {
    LayerSpec spec;
    spec.out = only_input(setting);
    spec.params.push_back({"gain", {1}, init::constant(0.5), 1, 1});
    spec.reads_x = spec.backward_in_place = spec.recomputable = true;
    spec.param_outputs = 1;
    return spec;
  }
  void forward(const Forward& pass, Slice rows) const noexcept override {
    const real *x = pass.x[0].row(rows.begin), *end = pass.x[0].row(rows.end);
    for (real* y = pass.y.row(rows.begin); x < end; ++x, ++y) *y = *pass.params[0] * *x * *x;
  }
  void backward_input(const Backward& back, Slice rows) const noexcept override {
    const real *x = back.x[0].row(rows.begin), *end = back.x[0].row(rows.end), *dy = back.dy.row(rows.begin);
    for (real* dx = back.dx[0].row(rows.begin); x < end; ++x, ++dy, ++dx) *dx = 2 * *back.params[0] * *x * *dy;
  }
  void backward_params(const Backward& back, Slice, Gradients to) const noexcept override {
    double sum = 0;
    for (std::size_t i = 0; i < back.dy.size(); ++i)
      sum += static_cast<double>(back.dy.data[i]) * static_cast<double>(back.x[0].data[i] * back.x[0].data[i]);
    *to.at[0] = static_cast<real>(sum) + (to.add ? *to.at[0] : 0);
  }
  Description describe() const override { return {"square", {}}; }
};

// y_u = b_u + the sum over k of w_uk x0_k x1_k: two inputs, and a gradient cut by outputs that is nobody's form.
class Bilinear final : public Layer {
 public:
  explicit Bilinear(int outputs) : outputs_(outputs) {}
  LayerSpec plan(const Setting& setting) const override {
    const int n = setting.in[0].size();
    LayerSpec spec;
    spec.out = Shape(outputs_);
    spec.params.push_back({"weight", {outputs_, n}, init::glorot_normal(), n, outputs_});
    spec.params.push_back({"bias", {outputs_}, init::zeros(), n, outputs_, false});
    spec.reads_x = true;
    spec.param_outputs = outputs_;
    spec.flops = 3.0 * n * outputs_;
    return spec;
  }
  void forward(const Forward& pass, Slice rows) const noexcept override {
    const int n = pass.x[0].shape.size();
    for (int row = rows.begin; row < rows.end; ++row)
      for (int u = 0; u < outputs_; ++u) {
        real sum = pass.params[1][u];
        for (int k = 0; k < n; ++k) sum += pass.params[0][u * n + k] * pass.x[0].row(row)[k] * pass.x[1].row(row)[k];
        pass.y.row(row)[u] = sum;
      }
  }
  void backward_input(const Backward& back, Slice rows) const noexcept override {
    const int n = back.x[0].shape.size();
    for (int row = rows.begin; row < rows.end; ++row)
      for (int k = 0; k < n; ++k) {
        real sum = 0;
        for (int u = 0; u < outputs_; ++u) sum += back.params[0][u * n + k] * back.dy.row(row)[u];
        for (const std::size_t i : {0u, 1u})
          if (back.dx[i].data) back.dx[i].row(row)[k] = sum * back.x[1 - i].row(row)[k];
      }
  }
  void backward_params(const Backward& back, Slice part, Gradients to) const noexcept override {
    const int n = back.x[0].shape.size();
    for (int u = part.begin; u < part.end; ++u)
      for (int k = 0; k <= n; ++k) {
        real sum = 0;
        for (int row = 0; row < back.batch; ++row)
          sum += back.dy.row(row)[u] * (k < n ? back.x[0].row(row)[k] * back.x[1].row(row)[k] : 1);
        real* const goal = k == n ? to.at[1] + u : to.at[0] + u * n + k;
        *goal = to.add ? *goal + sum : sum;
      }
  }
  Description describe() const override { return {"bilinear", {}}; }

 private:
  int outputs_;
};

}  // namespace cambium
