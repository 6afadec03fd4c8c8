// The first samples of online norm's warm start, and what is rare.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "cambium/layers/normalization/online_norm.h"
#include "tests/layers/by_hand.h"

namespace cambium {

TEST_CASE("online_norm warm: the first output is 0, the second +-1, and the statistics are those of the samples so far") {
  const OnlineNorm layer(for_input);
  for (const double second : {9.0, -1.0, 5.125}) {
    LayerBench bench(layer, {Shape{1}}, {.batch = 3});
    set(bench.x(), {5, second, 2});
    bench.forward();
    bench.commit();
    CHECK(bench.y().data[0] == 0);
    CHECK(static_cast<double>(bench.y().data[1]) == doctest::Approx(second > 5 ? 1 : -1).epsilon(1e-6));
    const double mean = (5 + second + 2) / 3;
    const double var = ((5 - mean) * (5 - mean) + (second - mean) * (second - mean) + (2 - mean) * (2 - mean)) / 3;
    CHECK(bench.state(0)[0] == doctest::Approx(mean).epsilon(1e-14));
    CHECK(bench.state(1)[0] == doctest::Approx(var).epsilon(1e-14));
    CHECK(static_cast<double>(bench.y().data[2]) == doctest::Approx((2 - mean) / std::sqrt(var)).epsilon(1e-6));
  }
  // Of an image, the first sample is normalized by itself.
  LayerBench image(layer, {Shape{1, 1, 4}}, {.batch = 1});
  set(image.x(), {1, 1, 3, 3});
  image.forward();
  CHECK(get(image.y()) == Doubles{-1, -1, 1, 1});
}

TEST_CASE("online_norm warm: no gradient goes back through a channel of 16 values or fewer, or one that has not varied") {
  const OnlineNorm layer;
  LayerBench flat(layer, {Shape{2}}, {.batch = 20});
  for (int i = 0; i < 20; ++i) flat.x().data[2 * i] = 5, flat.x().data[2 * i + 1] = static_cast<real>(5 + i % 3);
  std::fill_n(flat.dy().data, 40, real(1));
  flat.forward();
  flat.backward();
  for (int i = 0; i < 20; ++i) {
    CHECK(flat.dx().data[2 * i] == 0);  // channel 0 is constant, channel 1 is not
    CHECK((flat.dx().data[2 * i + 1] != 0) == (i >= 16));
  }
  CHECK(flat.next(2)[1] != 0);

  // The positions of an image are values too: with 6 of them the third sample is the first to pass.
  LayerBench image(layer, {Shape{1, 2, 3}}, {.batch = 3});
  image.draw(4);
  image.forward();
  image.backward();
  for (int i = 0; i < 18; ++i) CHECK((image.dx().data[i] != 0) == (i >= 12));
  // With 8 of them the second sample makes it 16, which are too few still; so does the first with 16.
  for (const Shape& shape : {Shape{1, 2, 4}, Shape{1, 4, 4}}) {
    LayerBench exactly(layer, {shape}, {.batch = 3});
    exactly.draw(4);
    exactly.forward();
    exactly.backward();
    for (int i = 0; i < 3 * shape.size(); ++i) CHECK((exactly.dx().data[i] != 0) == (i >= 16));
    exactly.commit();
    LayerBench short_of_it(layer, {shape}, {.batch = 16 / shape.size()});
    short_of_it.draw(4);
    short_of_it.forward();
    short_of_it.backward();
    CHECK((short_of_it.next(2)[0] == 0 && short_of_it.next(3)[0] == 0));
  }
}

TEST_CASE("online_norm warm: nothing comes out of a channel that has never varied, or goes back, however long it is") {
  const OnlineNorm layer({.alpha = 0.9});  // warm for ten samples
  LayerBench bench(layer, {Shape{1}}, {.batch = 60});
  for (int i = 0; i < 60; ++i) bench.x().data[i] = static_cast<real>(i < 50 ? 5 : 5 + i % 2);
  std::fill_n(bench.dy().data, 60, real(1));
  bench.forward();
  bench.backward();
  for (int i = 0; i < 52; ++i) CHECK((bench.y().data[i] == 0 && bench.dx().data[i] == 0));  // 51 varies, by the old statistics
  for (int i = 52; i < 60; ++i) CHECK((bench.y().data[i] != 0 && bench.dx().data[i] != 0));
}

TEST_CASE("online_norm: as published, the controller holds events up to the header's limit; bounded, however rare they are") {
  // v is multiplied by 1 - (1 - b) y^2 when an event of y = 1 / sqrt(p) comes: by less than 1 in size up to y^2 = 2 / (1 - b).
  const auto largest_v = [](bool bounded, double b, int every) {
    const OnlineNorm layer({.alpha = 0.9999, .alpha_backward = b, .bounded = bounded});
    LayerBench bench(layer, {Shape{1}}, {.batch = 1000, .watch = false});
    double largest = 0;
    for (int call = 0; call < 100 && largest < 1e6; ++call) {
      for (int i = 0; i < 1000; ++i) {
        bench.x().data[i] = static_cast<real>((call * 1000 + i) % every == every - 1);
        bench.dy().data[i] = static_cast<real>(Random(5).normal(static_cast<std::uint64_t>(call * 1000 + i)));
      }
      bench.forward();
      bench.backward();
      bench.commit();
      largest = std::max(largest, std::fabs(bench.state(3)[0]));
    }
    return largest;
  };
  CHECK(largest_v(false, 0.99, 100) < 1e3);
  CHECK(largest_v(false, 0.99, 512) > 1e6);
  CHECK(largest_v(false, 0.999, 512) < 1e3);
  for (const int every : {100, 512, 5000}) CHECK(largest_v(true, 0.99, every) < 1e2);
}

}  // namespace cambium
