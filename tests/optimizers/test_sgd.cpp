#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/optimizers/sgd.h"
#include "tests/optimizers/optimizer_case.h"

namespace cambium {
namespace {

void follow(const SgdOptions& options, Isa isa) {
  CAPTURE(Sgd(options).describe().str());
  OptimizerCase c;
  Twin twin(c);
  twin.clip_norm = options.clip_norm, twin.clip_value = options.clip_value, twin.coupled = options.weight_decay;
  std::vector<double> velocity(c.w.size());
  Opened<Sgd> sgd(options);
  sgd.plan_steps(50);
  sgd.allocate(c.w.size(), isa);
  for (int t = 0; t < 50; ++t) {
    c.set_gradient(t);
    const double rate = options.rate * options.schedule.factor(t, 50);
    twin.step(c, rate, [&](std::size_t i, double w, double g, double r, bool) {
      velocity[i] = options.momentum * velocity[i] + g;
      return w - r * (options.nesterov ? g + options.momentum * velocity[i] : velocity[i]);
    });
    c.step(sgd);
    CHECK(sgd.rate() == doctest::Approx(rate).epsilon(1e-15));
  }
  CHECK(twin.distance(c) <= optimizer_tolerance);
  CHECK(sgd.steps() == 50);
}

TEST_CASE("sgd follows its naive twin") {
  for (const Isa isa : available_isas()) {
    follow({}, isa);
    follow({.rate = 0.05, .weight_decay = 0.1}, isa);
    follow({.rate = 0.05, .momentum = 0.9}, isa);
    follow({.rate = 0.05, .momentum = 0.9, .nesterov = true}, isa);
    follow({.rate = 0.05, .clip_norm = 3}, isa);
    follow({.rate = 0.05, .clip_norm = 1e6}, isa);
    follow({.rate = 0.05, .clip_value = 0.7}, isa);
    follow({.rate = 0.05,
            .momentum = 0.8,
            .nesterov = true,
            .weight_decay = 0.05,
            .schedule = schedule::cosine({.warm_up = 5}),
            .clip_norm = 9,
            .clip_value = 0.4},
           isa);
  }
}

TEST_CASE("sgd worked by hand") {
  // The quadratic w^2 / 2 from w = 1: the gradient is w.
  const auto run = [](SgdOptions options) {
    real w = 1, g = 0;
    const Range range{&w, &g, 0, 1, true, {}};
    Opened<Sgd> sgd(options);
    sgd.allocate(1, best_isa());
    std::vector<double> path;
    for (int t = 0; t < 3; ++t) {
      g = w;
      sgd.begin({&range, 1});
      sgd.update(range, 0, 1);
      path.push_back(static_cast<double>(w));
    }
    return path;
  };
  const auto is = [](const std::vector<double>& path, const std::vector<double>& wanted) {
    for (std::size_t i = 0; i < 3; ++i) CHECK(path[i] == doctest::Approx(wanted[i]).epsilon(1e-6));
  };
  is(run({.rate = 0.5}), {0.5, 0.25, 0.125});
  is(run({.rate = 0.5, .momentum = 0.5}), {0.5, 0, -0.25});                               // v = 1, 1, 0.5
  is(run({.rate = 0.5, .momentum = 0.5, .nesterov = true}), {0.25, -0.0625, -0.109375});  // v = 1, 0.75, 0.3125
  is(run({.rate = 0.5, .weight_decay = 1}), {0, 0, 0});
}

TEST_CASE("sgd: any cut of a range gives the same bits") {
  CHECK(cut_is_invisible<Sgd>(SgdOptions{.rate = 0.05}));
  CHECK(cut_is_invisible<Sgd>(SgdOptions{.rate = 0.05, .momentum = 0.9, .weight_decay = 0.01}));
  CHECK(cut_is_invisible<Sgd>(SgdOptions{.rate = 0.05, .momentum = 0.9, .nesterov = true, .clip_norm = 2, .clip_value = 0.3}));
}

TEST_CASE("sgd leaves frozen ranges and the gaps between ranges alone") {
  OptimizerCase c;
  const std::vector<real> before = c.w;
  for (std::size_t i = 176; i < 185; ++i) c.g[i] = static_cast<real>(NAN);  // a frozen gradient may be anything
  Opened<Sgd> sgd(SgdOptions{.rate = 0.1, .momentum = 0.5, .weight_decay = 0.1, .clip_norm = 1});
  sgd.allocate(c.w.size(), best_isa());
  c.step(sgd);
  std::vector<bool> inside(c.w.size());
  for (const Range& r : c.ranges)
    if (!r.settings.freeze) std::fill_n(inside.begin() + static_cast<std::ptrdiff_t>(r.offset), r.size, true);
  for (std::size_t i = 0; i < c.w.size(); ++i) {
    CHECK(std::isfinite(c.w[i]));
    if (!inside[i]) CHECK(c.w[i] == before[i]);
  }
}

TEST_CASE("sgd: the velocity is a block laid out like the weights, and only where there is momentum") {
  OptimizerCase c;
  c.set_gradient(0);
  Opened<Sgd> sgd(SgdOptions{.momentum = 0.9}), plain{};
  sgd.allocate(c.w.size(), best_isa());
  c.step(sgd);
  const auto blocks = sgd.blocks();
  REQUIRE(blocks.size() == 1);
  CHECK(blocks[0].name == "velocity");
  REQUIRE(blocks[0].values.size() == c.w.size());
  for (std::size_t i = 112; i < 117; ++i) CHECK(blocks[0].values[i] == c.g[i]);  // the first velocity is the gradient
  CHECK(blocks[0].values[110] == 0);
  plain.allocate(c.w.size(), best_isa());
  CHECK(plain.blocks().empty());
}

TEST_CASE("sgd tells what it is") {
  CHECK(Sgd().describe().str() ==
        "sgd (rate 0.01, momentum 0, nesterov false, weight_decay 0, schedule constant, clip_norm 0, clip_value 0)");
  CHECK(Sgd({.rate = 0.1, .momentum = 0.9, .schedule = schedule::cosine({.steps = 9})}).describe().fields_str() ==
        "rate 0.1, momentum 0.9, nesterov false, weight_decay 0, schedule cosine (floor 0, steps 9), clip_norm 0, clip_value 0");
}

TEST_CASE("sgd refuses options that make no sense") {
  const auto refuse = [](SgdOptions options, const char* message) { CHECK_THROWS_WITH_AS(Sgd{options}, message, Error); };
  refuse({.rate = 0}, "sgd: .rate = 0 must be above 0 and finite; try .rate = 0.01");
  refuse({.rate = INFINITY}, "sgd: .rate = inf must be above 0 and finite; try .rate = 0.01");
  refuse({.rate = NAN}, "sgd: .rate = nan must be above 0 and finite; try .rate = 0.01");
  refuse({.momentum = 1}, "sgd: .momentum = 1 must be at least 0 and below 1; try .momentum = 0.9");
  refuse({.momentum = -0.1}, "sgd: .momentum = -0.1 must be at least 0 and below 1; try .momentum = 0.9");
  refuse({.nesterov = true},
         "sgd: .nesterov = true looks ahead along the velocity, and without a momentum there is none; try .momentum = 0.9");
  refuse({.weight_decay = -1}, "sgd: .weight_decay = -1 must be at least 0 and finite; try .weight_decay = 1e-4");
  refuse({.clip_norm = -1}, "sgd: .clip_norm = -1 must be at least 0 and finite, 0 for no clipping; try .clip_norm = 1");
  refuse({.clip_value = INFINITY}, "sgd: .clip_value = inf must be at least 0 and finite, 0 for no clipping; try .clip_value = 1");
}

}  // namespace
}  // namespace cambium
