// A layer of the user's own, in a model with layers of the library: learns x^2 + 1 from the square that it is given.
#include <cambium/cambium.h>

#include <cstdio>

using namespace cambium;

class Square : public Layer {  // y = x^2,  dx = 2 x dy
 public:
  Needs plan(const Setting& setting) const override {
    Needs needs;
    needs.out = only_input(setting);
    needs.reads_x = true;
    return needs;
  }
  void forward(const Pass& pass, Rows rows) const noexcept override {
    for (const real* x = pass.x[0].row(rows.begin); real& y : rows_of(pass.y, rows)) y = *x * *x, ++x;
  }
  void backward(const Back& back, Rows rows) const noexcept override {
    if (back.dx[0].data == nullptr) return;
    const real *x = back.x[0].row(rows.begin), *dy = back.dy.row(rows.begin);
    for (real& dx : rows_of(back.dx[0], rows)) dx = 2 * *x++ * *dy++;
  }
  Description describe() const override { return {"square", {}}; }

 private:
  static std::span<real> rows_of(View all, Rows rows) { return {all.row(rows.begin), all.row(rows.end)}; }
};

int main() {
  const Sequential net(Shape{1}, Square(), Dense(1));
  Weights weights(net, 7);
  Plan plan(net, weights, {.batch = 4, .mode = Mode::train});
  Sgd sgd({.rate = 0.05});
  const SquaredError loss;
  real x[] = {-1, 0, 1, 2}, target[] = {2, 1, 2, 5};
  double error = 0;
  for (int step = 0; step < 300; ++step) {
    error = loss.evaluate(plan.forward({x, Shape{1}, 4}), Target(View{target, Shape{1}, 4}), plan.output_gradient());
    plan.backward(&sgd);
  }
  std::printf("squared error %.2g\n", error);
  return error < 1e-4 ? 0 : 1;
}
