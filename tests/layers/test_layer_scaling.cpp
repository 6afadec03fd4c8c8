#include <doctest/doctest.h>

#include "cambium/layers/normalization/layer_scaling.h"
#include "tests/layers/grouped_norm_checks.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("layer_scaling keeps the layer contract") {
  const std::vector<Inputs> cases = {Shape{7},       Shape{2},        Shape{67},        Shape{3, 5, 7},
                                     Shape{2, 1, 3}, Shape{1, 1, 13}, Shape{2, 3, 3, 2}};
  check_layer(LayerScaling(), cases, batch_statistics());
  check_layer(LayerScaling({.epsilon = 0.5}), {Shape{1}, Shape{2, 3, 5}}, batch_statistics());
}

TEST_CASE("layer_scaling: a case worked by hand") {
  // The mean square is 1 in both samples; with an epsilon of 3 the root is 2. The mean of the second one stays.
  const LayerScaling layer({.epsilon = 3});
  LayerBench bench(layer, {Shape{2, 1, 2}}, {.batch = 2});
  set(bench.x(), {1, -1, 1, -1, 1, 1, 1, 1});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{0.5, -0.5, 0.5, -0.5, 0.5, 0.5, 0.5, 0.5});
  set(bench.dy(), {1, 0, 0, 0, 2, 2, 2, 2});  // mean(dy y) = 1/8 and 1
  bench.backward();
  CHECK(get(bench.dx()) == Doubles{0.46875, 0.03125, -0.03125, 0.03125, 0.75, 0.75, 0.75, 0.75});
}

TEST_CASE("layer_scaling is what its formula says") {
  check_as_twin(LayerScaling(), Shape{7}, 7, 1e-5, false);
  check_as_twin(LayerScaling(), Shape{3, 5, 7}, 105, 1e-5, false);
  check_as_twin(LayerScaling({.epsilon = 0.1}), Shape{1031}, 1031, 0.1, false);
}

TEST_CASE("layer_scaling: a constant becomes 1 or -1, a zero stays 0, and the gradient is finite") {
  for (const double constant : awkward_constants()) {
    const LayerScaling layer;
    LayerBench bench(layer, {Shape{2, 3, 3}}, {.batch = 2});
    std::fill(bench.x().begin(), bench.x().end(), static_cast<real>(constant));
    bench.forward();
    bench.backward();
    const double x = static_cast<double>(bench.x().data[0]), expected = x / std::sqrt(x * x + 1e-5);
    CAPTURE(constant);
    for (const real y : bench.y()) CHECK(std::fabs(static_cast<double>(y) - expected) <= few_bits() * std::fabs(expected));
    for (const real dx : bench.dx()) CHECK(std::isfinite(dx));
  }
}

TEST_CASE("layer_scaling is the same in every mode") {
  check_knows_no_mode(LayerScaling(), Shape{7});
  check_knows_no_mode(LayerScaling(), Shape{3, 5, 7});
}

TEST_CASE("layer_scaling says what it has") { CHECK(LayerScaling().describe().str() == "layer_scaling (epsilon 1e-5)"); }

TEST_CASE("layer_scaling errors") {
  check_epsilon_errors("layer_scaling", [](double epsilon) { LayerScaling(LayerScalingOptions{.epsilon = epsilon}); });
  CHECK(plan_error(LayerScaling(), {Shape{3}, Shape{3}}) == "needs one input, got 2; try joining them first, by Add() or Concat()");
}

}  // namespace cambium
