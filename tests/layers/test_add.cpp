#include <doctest/doctest.h>

#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/joining/add.h"
#include "tests/layers/by_hand.h"
#include "tests/support/check_layer.h"

namespace cambium {

TEST_CASE("add keeps the layer contract") {
  const Shape one{1}, image{3, 5, 7}, large{5, 11, 13};
  check_layer(Add(), {{one, one}, {image, image}, {image, image, image}, {large, large, large, large}}, linear());
}

TEST_CASE("add: a case worked by hand") {
  const Add layer;
  LayerBench bench(layer, {Shape{2}, Shape{2}, Shape{2}}, {.batch = 2});
  set(bench.x(0), {1, 2, 3, 4});
  set(bench.x(1), {10, 20, 30, 40});
  set(bench.x(2), {100, 200, 300, 400});
  bench.forward();
  CHECK(get(bench.y()) == Doubles{111, 222, 333, 444});
  set(bench.dy(), {5, 6, 7, 8});
  bench.backward();
  for (int input = 0; input < 3; ++input) CHECK(get(bench.dx(input)) == Doubles{5, 6, 7, 8});
}

TEST_CASE("add works in place of any of its inputs") {
  for (std::size_t alias = 0; alias < 4; ++alias) {
    std::vector<std::vector<real>> x;
    std::vector<ConstView> views;
    const int n = 1500;  // more than one block
    for (int k = 0; k < 4; ++k) {
      x.emplace_back();
      for (int i = 0; i < n; ++i) x.back().push_back(static_cast<real>(i * (k + 1)));
    }
    for (const auto& values : x) views.push_back({values.data(), Shape{n}, 1});
    Forward ctx;
    ctx.kernels = &kernels(best_isa());
    ctx.batch = 1;
    ctx.x = views;
    ctx.y = {x[alias].data(), Shape{n}, 1};
    Add().forward(ctx, {0, 1, 0, 0});
    bool right = true;
    for (int i = 0; i < n; ++i) right = right && x[alias][static_cast<std::size_t>(i)] == static_cast<real>(10 * i);
    CHECK(right);
  }
}

TEST_CASE("add errors") {
  CHECK(plan_error(Add(), {Shape{3}}) == "needs at least 2 inputs, got 1; try g.join(Add(), {x, y})");
  CHECK(plan_error(Add(), {Shape{16, 7, 7}, Shape{16, 7, 7}, Shape{8, 7, 7}}) ==
        "needs inputs of one shape: input 0 is 16x7x7, input 2 is 8x7x7; try a Conv2d with a 1x1 kernel on the path that differs");
}

}  // namespace cambium
