// A layer of the user's own, in a model with layers of the library: learns x^2 + 1 from the square that it is given.
#include <cstdio>

#include "square.h"

using namespace cambium;

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
