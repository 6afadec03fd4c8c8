// What the header of streaming norm says is bounded: by hand, and on data that are made to break it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "cambium/layers/normalization/streaming_norm.h"
#include "tests/layers/by_hand.h"

namespace cambium {

namespace {

constexpr double limit = StreamingNormOptions::limit, rounding = sizeof(real) == 8 ? 1e-9 : 1e-3;

double rms(const View& of) {
  double squares = 0;
  for (const real value : of) squares += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(squares / static_cast<double>(of.size()));
}

struct Worst {
  double y = 0, dx = 0;  // of the rms of y; of the rms of dx, times S; all dy are +-1
  bool streams = true;   // gmean and gstd stay within the largest that was pushed
};

// Quiet for long, then awake elsewhere, with gradients that drive gmean and gstd as far out as they can.
Worst run(const StreamingNormOptions& options, const Shape& shape, int batch) {
  const StreamingNorm layer(options);
  LayerBench bench(layer, {shape}, {.batch = batch, .watch = false});
  Worst worst;
  double largest_mean = 0, largest_std = 0;
  for (std::uint64_t t = 0; t < 3000; ++t) {
    const Random random = Random(6).of(t);
    const double size = t / 100 % 3 ? 1e-4 : t / 300 % 2 ? 1e4 : 1, mean = t % 25 ? 0 : 100 * size * random.normal(1000);
    bool up = bench.state(2)[0] > 0;
    for (std::size_t i = 0; i < bench.x().size(); ++i) bench.x().data[i] = static_cast<real>(mean + size * random.normal(i));
    bench.forward();
    double g = 0, g_y = 0;
    for (std::size_t i = 0; i < bench.dy().size(); ++i) {
      const double y = static_cast<double>(bench.y().data[i]);
      if (t % 2) up = (y > 0) == (bench.state(3)[0] > 0);
      bench.dy().data[i] = up ? real(-1) : real(1);
      g += up ? -1 : 1, g_y += up ? -y : y;
    }
    bench.backward();
    const double scale = static_cast<double>(bench.saved<real>(0)[2]);
    worst.y = std::max(worst.y, rms(bench.y())), worst.dx = std::max(worst.dx, rms(bench.dx()) / scale);
    largest_mean = std::max(largest_mean, (std::fabs(g) + rounding) * scale);
    largest_std = std::max(largest_std, (std::fabs(g_y) + rounding) * scale);
    bench.commit();
    for (const int i : {2, 7}) worst.streams = worst.streams && std::fabs(bench.state(i)[0]) <= largest_mean * (1 + rounding);
    for (const int i : {3, 8}) worst.streams = worst.streams && std::fabs(bench.state(i)[0]) <= largest_std * (1 + rounding);
    if (t % 7) bench.weights_moved();
  }
  return worst;
}

}  // namespace

TEST_CASE("streaming_norm: y, dx and the gradient streams stay within the header's bounds, and as published they do not") {
  const StreamMix far{.long_term = 1}, mixed{0.25, 0.25, 0.5};
  for (StreamingNormOptions options : {StreamingNormOptions{}, StreamingNormOptions{.forward = far, .backward = far},
                                       StreamingNormOptions{.forward = mixed, .backward = mixed, .kappa_backward = 0.99}})
    for (const int batch : {1, 2, 4, 8, 32})
      for (const Shape& shape : {Shape{1}, Shape{1, 2, 3}}) {
        CAPTURE(options.forward.str());
        CAPTURE(batch);
        CAPTURE(shape.str());
        const Worst worst = run(options, shape, batch);
        CHECK(worst.y <= limit * (1 + rounding));
        CHECK(worst.dx <= (1 + limit + limit * limit) * (1 + rounding));
        CHECK(worst.streams);
        options.bounded = false;
        const Worst published = run(options, shape, batch);
        const bool single = batch * shape.size() == 1 && options.forward.long_term < 1;  // never far from a mean that it is part of
        CHECK((published.y > limit) == !single);
        CHECK(published.dx > 1 + limit + limit * limit);
        options.bounded = true;
      }
}

TEST_CASE("streaming_norm bounded: a case worked by hand") {
  const StreamingNorm layer({.forward = {1, 0, 0}, .backward = {1, 0, 0}, .kappa_forward = 0.5, .kappa_backward = 0.5});
  LayerBench bench(layer, {Shape{1}}, {.batch = 2});
  step(bench, {-1, 1}, {1, 0});  // M 0, S 1; gmean -1, gstd 1, rstd 1
  bench.weights_moved();
  step(bench, {297, 303}, {0, 0});  // M 0, S 1 is below sqrt(90009) / 10 = 30.0015: that is what divides, and what is pushed
  check_near(bench.y(), {297 / 30.0015, 303 / 30.0015}, 1e-4);
  CHECK(bench.state(6)[0] == doctest::Approx(30.0015));
  check_near(bench.dx(), {-10 / 30.0015, 0}, 1e-4);  // R 1, S 30.0015: G -1 and H 1 count 10 / 30.0015; (x - m) / s is -1 and 1
}

TEST_CASE("streaming_norm bounded: the same bits as published on data that stay where they are") {
  for (const Shape& shape : {Shape{5}, Shape{2, 3, 3}})
    for (const int batch : {4, 32})
      for (const double jump : {0.0, 1e3}) {
        const StreamingNorm bounded, published({.bounded = false});
        LayerBench one(bounded, {shape}, {.batch = batch, .watch = false});
        LayerBench other(published, {shape}, {.batch = batch, .watch = false});
        bool same = true;
        for (std::uint64_t t = 0; t < 200; ++t) {
          for (std::size_t i = 0; i < one.x().size(); ++i) {
            one.x().data[i] = other.x().data[i] = static_cast<real>(5 + 2 * Random(4).of(t).normal(i) + (t > 150 ? jump : 0));
            one.dy().data[i] = other.dy().data[i] = static_cast<real>(Random(5).of(t).normal(i));
          }
          for (LayerBench* bench : {&one, &other}) bench->forward(), bench->backward(), bench->commit(), bench->weights_moved();
          same = same && get(one.y()) == get(other.y()) && get(one.dx()) == get(other.dx());
          for (int i = 0; i < 15; ++i) same = same && get(one.next(i)) == get(other.next(i));
        }
        CHECK(same == (jump == 0));
      }
}

}  // namespace cambium
