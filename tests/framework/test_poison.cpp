// What a layer did not ask for is NaN where the library poisons; layers that ask see no difference.
#include <doctest/doctest.h>

#include <cstdlib>

#include "cambium/cambium.h"
#include "tests/support/training.h"

namespace cambium {
namespace {

class Poisoned {
 public:
  explicit Poisoned(bool on) { setenv("CAMBIUM_POISON", on ? "1" : "0", 1); }
  ~Poisoned() { unsetenv("CAMBIUM_POISON"); }
  Poisoned(const Poisoned&) = delete;
  Poisoned& operator=(const Poisoned&) = delete;
};

enum class Forgets { nothing, reads_x, reads_y };

// y = x^2, whose way back reads x, and y as well: dx = 2 x dy + 0 y.
struct Square : Layer {
  explicit Square(Forgets f) : forgets(f) {}
  LayerSpec plan(const Setting& setting) const override {
    LayerSpec spec;
    spec.out = only_input(setting);
    spec.reads_x = forgets != Forgets::reads_x;
    spec.reads_y = forgets != Forgets::reads_y;
    return spec;
  }
  void forward(const Forward& pass, Slice rows) const noexcept override {
    const real* x = pass.x[0].row(rows.begin);
    for (real* y = pass.y.row(rows.begin); y != pass.y.row(rows.end); ++y, ++x) *y = *x * *x;
  }
  void backward_input(const Backward& back, Slice rows) const noexcept override {
    const real *x = back.x[0].row(rows.begin), *y = back.y.row(rows.begin), *dy = back.dy.row(rows.begin);
    for (real* dx = back.dx[0].row(rows.begin); dx != back.dx[0].row(rows.end); ++dx) *dx = 2 * *x++ * *dy++ + 0 * *y++;
  }
  Description describe() const override { return {"square", {}}; }
  Forgets forgets;
};

bool gradients_finite(Forgets forgets, bool poison) {
  const Poisoned poisoned(poison);
  const Sequential net(Shape{5}, Dense(7), Square(forgets), Dense(3));
  Weights weights(net, 1);
  Plan plan(net, weights, {.batch = 4, .mode = Mode::train});
  const MadeBatch data(net, 4, 1);
  SoftmaxCrossEntropy().evaluate(plan.forward(data.inputs), data.labels, plan.output_gradient());
  plan.backward();
  return plan.finite();
}

TEST_CASE("poison: a layer that forgot to say what it reads is found by its first gradient") {
  CHECK(gradients_finite(Forgets::nothing, true));
  CHECK_FALSE(gradients_finite(Forgets::reads_x, true));
  CHECK_FALSE(gradients_finite(Forgets::reads_y, true));
}

TEST_CASE("poison: at the input of a model as well") {
  const Poisoned poisoned(true);
  struct Scaled : Square {  // with a parameter: dw = sum of x dy
    using Square::Square;
    LayerSpec plan(const Setting& setting) const override {
      LayerSpec spec = Square::plan(setting);
      spec.params = {{"weight", {1}, init::ones()}};
      return spec;
    }
    void backward_params(const Backward& back, Slice part, Gradients out) const noexcept override {
      real sum = out.add ? out.at[0][0] : 0;
      for (int row = part.begin; row < part.end; ++row) sum += *back.x[0].row(row) * *back.dy.row(row);
      out.at[0][0] = sum;
    }
  };
  for (const Forgets forgets : {Forgets::nothing, Forgets::reads_x}) {
    const Sequential net(Shape{5}, Scaled(forgets), Dense(3));
    Weights weights(net, 1);
    Plan plan(net, weights, {.batch = 4, .mode = Mode::train});
    const MadeBatch data(net, 4, 1);
    SoftmaxCrossEntropy().evaluate(plan.forward(data.inputs), data.labels, plan.output_gradient());
    plan.backward();
    CHECK(plan.finite() == (forgets == Forgets::nothing));
  }
}

TEST_CASE("poison: layers of the library ask for all that they read") {
  const Sequential image(Shape{2, 9, 8}, BatchNorm(for_input), Conv2d(4, {.pad = 1}), with_affine(BatchNorm()), Relu(),
                         MaxPool2d(2), Conv2d(5), OnlineNorm(), Affine(), Tanh(), Dropout(0.2), GlobalAvgPool(), LayerNorm(),
                         Dense(3));
  const Sequential flat(Shape{6}, OnlineNorm(for_input), Dense(9), with_affine(OnlineNorm()), Relu(), Dense(8), StreamingNorm(),
                        Logistic(), LayerScaling(), ActivationClamp(3), Dense(3));
  for (const Graph* net : {static_cast<const Graph*>(&image), static_cast<const Graph*>(&flat)})
    for (const int batch : {1, 8})
      for (const StepIs where : {StepIs::separate, StepIs::inside_backward}) {
        std::vector<TrainedWeights> trained;
        for (const bool on : {false, true}) {
          const Poisoned poisoned(on);
          trained.push_back(train_a_little(*net, Sgd({.rate = 0.1, .momentum = 0.9}), {.batch = batch, .threads = 2}, 4, where));
        }
        CHECK(trained[0] == trained[1]);
      }
}

}  // namespace
}  // namespace cambium
