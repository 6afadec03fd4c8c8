// What holds for every layer that normalizes each sample by itself, and a naive twin of it in double.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "cambium/framework/base/random.h"
#include "tests/layers/by_hand.h"

namespace cambium {

// y and dx by the definition, in two passes over the n values of each group; without `centred`, the mean stays where it is.
struct GroupedTwin {
  Doubles y, dx;
  GroupedTwin(const Doubles& x, const Doubles& dy, std::size_t n, double epsilon, bool centred = true) : y(x), dx(dy) {
    const auto mean = [&](std::size_t first, auto&& value) {
      long double sum = 0;
      for (std::size_t i = first; i < first + n; ++i) sum += static_cast<long double>(value(i));
      return static_cast<double>(sum / static_cast<long double>(n));
    };
    for (std::size_t first = 0; first < x.size(); first += n) {
      const double middle = centred ? mean(first, [&](std::size_t i) { return x[i]; }) : 0;
      const double rest = centred ? mean(first, [&](std::size_t i) { return x[i] - middle; }) : 0;  // what rounding left in it
      for (std::size_t i = first; i < first + n; ++i) y[i] = (x[i] - middle) - rest;
      const double s = std::sqrt(mean(first, [&](std::size_t i) { return y[i] * y[i]; }) + epsilon);
      for (std::size_t i = first; i < first + n; ++i) y[i] /= s;
      const double g = centred ? mean(first, [&](std::size_t i) { return dy[i]; }) : 0;
      const double gy = mean(first, [&](std::size_t i) { return dy[i] * y[i]; });
      for (std::size_t i = first; i < first + n; ++i) dx[i] = (dy[i] - g - y[i] * gy) / s;
    }
  }
};

inline double worst_apart(const Doubles& a, const Doubles& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0, largest = 1e-30;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::fabs(a[i] - b[i]));
    largest = std::max(largest, std::fabs(b[i]));
  }
  return worst / largest;
}

// So far may rounding alone take a result of order 1.
inline double few_bits() { return 16 * static_cast<double>(std::numeric_limits<real>::epsilon()); }

// As the twin, for values of order 1 and for whole numbers around an offset, which are exact in single precision too.
inline void check_as_twin(const Layer& layer, const Shape& shape, std::size_t n, double epsilon, bool centred = true) {
  for (const double offset : {0.0, 1e3, 1e6, 1e7}) {
    LayerBench bench(layer, {shape}, {.batch = 5, .slices = 3});
    if (offset > 0)
      for (std::size_t i = 0; i < bench.x().size(); ++i)
        bench.x().data[i] = static_cast<real>(offset + std::round(20 * Random(4).normal(i)));
    bench.forward();
    bench.backward();
    const GroupedTwin twin(get(bench.x()), get(bench.dy()), n, epsilon, centred);
    CAPTURE(layer.describe().str());
    CAPTURE(shape.str());
    CAPTURE(offset);
    CHECK(worst_apart(get(bench.y()), twin.y) < few_bits());
    // Without centring nearly all of dx cancels at a large offset: it is the little that points away from x.
    CHECK(worst_apart(get(bench.dx()), twin.dx) < (centred || offset == 0 ? 4 * few_bits() : few_bits() * 4 * offset));
    CHECK(bench.faults().empty());
  }
}

inline const Doubles& awkward_constants() {
  static const Doubles constants = {0,      1.0 / 3,  200.7, 255,   12345.678, 1e6 + 0.3, 1e7 + 3.3,
                                    -200.7, -1e7 - 3, 1e20,  1e-20, 1e-30,     1e-37};
  return constants;
}

// Exactly 0 comes out of every constant, and a finite gradient comes back.
inline void check_constants_give_zero(const Layer& layer, const Shape& shape) {
  for (const double constant : awkward_constants()) {
    LayerBench bench(layer, {shape}, {.batch = 3, .slices = 2});
    std::fill(bench.x().begin(), bench.x().end(), static_cast<real>(constant));
    bench.forward();
    bench.backward();
    CAPTURE(constant);
    CAPTURE(shape.str());
    CHECK(std::all_of(bench.y().begin(), bench.y().end(), [](real y) { return y == 0; }));
    CHECK(std::all_of(bench.dx().begin(), bench.dx().end(), [](real dx) { return std::isfinite(dx); }));
  }
}

// y, and dx where there is a backward pass, of one pass; every run draws the same x and dy.
inline Doubles y_and_dx(const Layer& layer, const Shape& shape, Mode mode, int pieces = 1) {
  LayerBench bench(layer, {shape}, {.mode = mode, .batch = 6, .slices = pieces});
  bench.forward();
  Doubles all = get(bench.y());
  if (mode == Mode::adapt) return all;
  bench.backward();
  const Doubles dx = get(bench.dx());
  all.insert(all.end(), dx.begin(), dx.end());
  return all;
}

// The same bits in every mode, for any cut of the batch; and no state, no statistics, nothing to learn.
inline void check_knows_no_mode(const Layer& layer, const Shape& shape) {
  const Doubles train = y_and_dx(layer, shape, Mode::train), adapt = y_and_dx(layer, shape, Mode::adapt);
  CHECK(y_and_dx(layer, shape, Mode::evaluate) == train);
  CHECK(Doubles(train.begin(), train.begin() + static_cast<std::ptrdiff_t>(adapt.size())) == adapt);
  CHECK(y_and_dx(layer, shape, Mode::train, 4) == train);
  for (const Mode mode : {Mode::train, Mode::evaluate, Mode::adapt}) {
    const std::vector<Shape> in = {shape};
    const LayerSpec spec = layer.plan({.in = in, .batch = 4, .mode = mode});
    CHECK(spec.out == shape);
    CHECK(spec.params.empty());
    CHECK(spec.state.empty());
    CHECK((!spec.statistics.ability && !spec.recurrence.ability));
    CHECK(spec.gradient == GradientKind::exact);
    CHECK(spec.min_batch == 1);
  }
}

// The errors of an epsilon that is no epsilon.
template <class Make>
void check_epsilon_errors(const std::string& kind, Make make) {
  const auto error = [&](double epsilon) { return error_of([&] { make(epsilon); }); };
  const std::string remedy = ", which must be at least 1e-30 and below 1e30; try 1e-5";
  CHECK(error(0) == kind + ": epsilon = 0" + remedy);
  CHECK(error(-1e-5) == kind + ": epsilon = -1e-5" + remedy);
  CHECK(error(HUGE_VAL) == kind + ": epsilon = inf" + remedy);
  CHECK(error(std::nan("")) == kind + ": epsilon = nan" + remedy);
  CHECK(error(1e-3) == "no error");
}

}  // namespace cambium
