// A layer of the user's own: y = x^2, dx = 2 x dy.
#pragma once

#include <cambium/cambium.h>

class Square : public cambium::Layer {
 public:
  cambium::LayerSpec plan(const cambium::Setting& setting) const override {
    cambium::LayerSpec spec;
    spec.out = cambium::only_input(setting);
    spec.reads_x = true;
    return spec;
  }
  void forward(const cambium::Forward& ctx, cambium::Slice slice) const noexcept override {
    for (const cambium::real* x = ctx.x[0].row(slice.begin); cambium::real & y : rows_of(ctx.y, slice)) y = *x * *x, ++x;
  }
  void backward_input(const cambium::Backward& ctx, cambium::Slice slice) const noexcept override {
    const cambium::real *x = ctx.x[0].row(slice.begin), *dy = ctx.dy.row(slice.begin);
    for (cambium::real& dx : rows_of(ctx.dx[0], slice)) dx = 2 * *x++ * *dy++;
  }
  cambium::Description describe() const override { return {"square", {}}; }

 private:
  static std::span<cambium::real> rows_of(cambium::View all, cambium::Slice slice) {
    return {all.row(slice.begin), all.row(slice.end)};
  }
};
