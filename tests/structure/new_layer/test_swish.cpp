#include <doctest/doctest.h>

#include <cmath>

#include "cambium/cambium.h"  // knows the new layer without having been told
#include "tests/support/check_layer.h"
#include "tests/support/layer_bench.h"

namespace cambium {

TEST_CASE("swish keeps the layer contract") { check_layer(Swish(), {Shape{7}, Shape{3, 5, 5}}); }

TEST_CASE("swish: a case worked by hand") {
  const Swish layer({.slope = 2});
  LayerBench bench(layer, {Shape{1}}, {.batch = 1});
  bench.x().data[0] = static_cast<real>(std::log(3) / 2);  // odds of 3 to 1
  bench.forward();
  CHECK(bench.y().data[0] == doctest::Approx(0.75 * std::log(3) / 2).epsilon(1e-6));
}

TEST_CASE("swish in a model, and its error") {
  const Sequential net(Shape{4}, Dense(3), Swish());
  CHECK(net.shape(Node{2}) == Shape{3});
  CHECK_THROWS_WITH_AS(Swish({.slope = -1}), "swish: slope = -1, which must be above 0 and finite; try 1", Error);
}

TEST_CASE("swish in a line, where no table was told of it") {
  CHECK(models::line_of(models::graph_from_line(Shape{4}, "dense 3, Swish s2, swish")) == "dense 3, swish slope=2, swish");
  CHECK_THROWS_WITH_AS(
      models::graph_from_line(Shape{4}, "swish slop=2"),
      "column 7 of the line, layer 1 'swish slop=2': swish has no option 'slop' (did you mean 'slope'?); try slope", Error);
}

}  // namespace cambium
