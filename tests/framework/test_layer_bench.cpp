// What the bench hands to a layer, and the counter of allocations that it uses.
#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "tests/support/check_layer.h"
#include "tests/support/count_allocations.h"
#include "tests/support/layer_bench.h"

namespace cambium {
namespace {

TEST_CASE("inputs keep their distance") {
  const Relu layer;
  LayerBench bench(layer, {Shape{3, 5, 5}}, {.batch = 7});
  bench.draw(5, 2e-4, {0.5, -1});
  const std::vector<real> x(bench.x().begin(), bench.x().end());
  double nearest = 9, largest = 0;
  bool exact = true;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (const double kink : {0.0, 0.5, -1.0}) nearest = std::fmin(nearest, std::fabs(static_cast<double>(x[i]) - kink));
    for (std::size_t j = 0; j < i; ++j) nearest = std::fmin(nearest, std::fabs(static_cast<double>(x[i] - x[j])));
    largest = std::fmax(largest, std::fabs(static_cast<double>(x[i])));
    exact = exact && x[i] == static_cast<real>(static_cast<float>(x[i]));
  }
  CHECK(nearest >= 2e-4);
  CHECK(largest < 2.5);
  CHECK(exact);
}

TEST_CASE("values for comparing precisions are those of one step") {
  const auto values = run_layer_values(Affine(), Shape{5}, 9, 3);
  CHECK(values.size() == 15 + 15 + 5 + 5);
  CHECK(values == run_layer_values(Affine(), Shape{5}, 9, 3));
  CHECK(values != run_layer_values(Affine(), Shape{5}, 8, 3));
}

TEST_CASE("allocations are counted") {
  const cambium_tests::AllocationCount count;
  CHECK(count.since() == 0);
  auto memory = std::make_unique<std::vector<int>>(100);
  CHECK(count.since() == 2);
}

}  // namespace
}  // namespace cambium
