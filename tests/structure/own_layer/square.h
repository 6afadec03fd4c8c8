// A layer of the user's own: y = x^2, dx = 2 x dy.
#pragma once

#include <cambium/cambium.h>

class Square : public cambium::Layer {
 public:
  cambium::Needs plan(const cambium::Setting& setting) const override {
    cambium::Needs needs;
    needs.out = cambium::only_input(setting);
    needs.reads_x = true;
    return needs;
  }
  void forward(const cambium::Pass& pass, cambium::Rows rows) const noexcept override {
    for (const cambium::real* x = pass.x[0].row(rows.begin); cambium::real& y : rows_of(pass.y, rows)) y = *x * *x, ++x;
  }
  void backward(const cambium::Back& back, cambium::Rows rows) const noexcept override {
    if (back.dx[0].data == nullptr) return;
    const cambium::real *x = back.x[0].row(rows.begin), *dy = back.dy.row(rows.begin);
    for (cambium::real& dx : rows_of(back.dx[0], rows)) dx = 2 * *x++ * *dy++;
  }
  cambium::Description describe() const override { return {"square", {}}; }

 private:
  static std::span<cambium::real> rows_of(cambium::View all, cambium::Rows rows) {
    return {all.row(rows.begin), all.row(rows.end)};
  }
};
