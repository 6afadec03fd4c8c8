#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/optimizers/adamw.h"
#include "cambium/optimizers/sgd.h"
#include "tests/optimizers/optimizer_case.h"
#include "tests/support/count_allocations.h"

namespace cambium {
namespace {

TEST_CASE("optimizers need the whole gradient only to clip by norm") {
  CHECK_FALSE(Sgd().needs_whole_gradient());
  CHECK_FALSE(Adam({.clip_value = 1}).needs_whole_gradient());
  CHECK(Sgd({.clip_norm = 1}).needs_whole_gradient());
  CHECK(AdamW({.clip_norm = 1}).needs_whole_gradient());
}

TEST_CASE("clipping by norm is PyTorch's: over all ranges at once, with 1e-6 beside the norm") {
  for (const double unit : {1.0, 1e-7}) {
    const real u = static_cast<real>(unit);
    real w[3] = {0, 0, 0}, g[3] = {3 * u, 4 * u, 12 * u};
    const Range ranges[] = {{w, g, 0, 1, true, {}}, {w + 1, g + 1, 1, 2, true, {}}};
    Opened<Sgd> sgd(SgdOptions{.rate = 1, .clip_norm = 6.5 * unit});
    sgd.allocate(3, best_isa());
    sgd.begin(ranges);
    for (const Range& r : ranges) sgd.update(r, 0, r.size);
    const double scale = 6.5 * unit / (13 * unit + 1e-6), tolerance = sizeof(real) == 4 ? 3e-7 : 1e-14;
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(std::fabs(static_cast<double>(w[i]) + scale * static_cast<double>(g[i])) <= tolerance * 12 * unit);
  }
}

TEST_CASE("clipping by norm leaves a shorter gradient as it is, and does not hear of what is frozen") {
  real w[3] = {0, 0, 0}, g[3] = {3, 4, 12};
  const Range ranges[] = {{w, g, 0, 2, true, {}}, {w + 2, g + 2, 2, 1, true, {.freeze = true}}};
  Opened<Sgd> sgd(SgdOptions{.rate = 1, .clip_norm = 6});
  sgd.allocate(3, best_isa());
  sgd.begin(ranges);
  for (const Range& r : ranges) sgd.update(r, 0, r.size);
  CHECK(w[0] == -3);
  CHECK(w[1] == -4);
  CHECK(w[2] == 0);
}

TEST_CASE("the limit holds after every step, and a penalty alone pulls towards 0") {
  real w[4] = {0.5, -0.5, 0.25, -0.25}, g[4] = {-8, 8, 0, 0};
  const Range ranges[] = {{w, g, 0, 2, true, {.limit = 0.75}}, {w + 2, g + 2, 2, 2, true, {.l1 = 1}}};
  Opened<Sgd> sgd(SgdOptions{.rate = 0.125});
  sgd.allocate(4, best_isa());
  sgd.begin(ranges);
  for (const Range& r : ranges) sgd.update(r, 0, r.size);
  CHECK(w[0] == static_cast<real>(0.75));
  CHECK(w[1] == static_cast<real>(-0.75));
  CHECK(w[2] == static_cast<real>(0.125));
  CHECK(w[3] == static_cast<real>(-0.125));
}

TEST_CASE("a gradient that is no number stays one through clipping by value") {
  real w = 1, g = static_cast<real>(NAN);
  const Range range{&w, &g, 0, 1, true, {.l1 = 0.1, .limit = 1}};
  Opened<Sgd> sgd(SgdOptions{.clip_value = 1});
  sgd.allocate(1, best_isa());
  sgd.begin({&range, 1});
  sgd.update(range, 0, 1);
  CHECK(std::isnan(w));
}

TEST_CASE("the rate is known before the first step, and follows the schedule") {
  Opened<Sgd> sgd(SgdOptions{.rate = 0.5, .schedule = schedule::cosine({.warm_up = 1})});
  sgd.plan_steps(5);
  sgd.allocate(0, best_isa());
  CHECK(sgd.steps() == 0);
  CHECK(sgd.rate() == 0.25);
  std::vector<double> rates;
  for (int t = 0; t < 7; ++t) sgd.begin({}), rates.push_back(sgd.rate());
  const std::vector<double> wanted = {0.25, 0.5, 0.25 * (1 + std::sqrt(0.5)), 0.25, 0.25 * (1 - std::sqrt(0.5)), 0, 0};
  for (std::size_t t = 0; t < wanted.size(); ++t) CHECK(rates[t] == doctest::Approx(wanted[t]).epsilon(1e-12));
  CHECK(sgd.steps() == 7);
}

TEST_CASE("the user's own number of steps overrules the trainer's") {
  Opened<Sgd> sgd(SgdOptions{.rate = 1, .schedule = schedule::cosine({.steps = 2})});
  sgd.plan_steps(1000);
  sgd.allocate(0, best_isa());
  sgd.begin({}), sgd.begin({});
  CHECK(sgd.rate() == doctest::Approx(0.5));
}

TEST_CASE("optimizers refuse a training that does not suit the schedule") {
  Opened<Adam> adam(AdamOptions{.schedule = schedule::cosine()});
  CHECK_THROWS_WITH_AS(adam.allocate(4, best_isa()),
                       "adam: the schedule cosine (floor 0) must know how many steps the training takes; "
                       "try .steps = 10000 in the schedule, or plan_steps(10000)",
                       Error);
  CHECK_THROWS_WITH_AS(adam.plan_steps(0), "adam: a training of 0 steps; try at least 1 step", Error);
  CHECK_THROWS_WITH_AS(adam.resume(-1), "adam: cannot go on after -1 steps; try 0 or more", Error);
  Sgd sgd({.schedule = schedule::constant({.warm_up = 100})});
  CHECK_THROWS_WITH_AS(sgd.plan_steps(50),
                       "schedule constant (warm_up 100): the warm-up of 100 steps takes up the whole training of 50; "
                       "try .warm_up = 5",
                       Error);
  adam.plan_steps(10);
  CHECK_NOTHROW(adam.allocate(4, best_isa()));
}

TEST_CASE("a step takes no memory") {
  OptimizerCase c;
  c.set_gradient(0);
  Opened<Sgd> sgd(SgdOptions{.momentum = 0.9, .schedule = schedule::milestones(), .clip_norm = 1});
  Opened<AdamW> adam(AdamWOptions{.schedule = schedule::one_cycle(), .clip_norm = 1});
  sgd.plan_steps(10), adam.plan_steps(10);
  sgd.allocate(c.w.size(), best_isa()), adam.allocate(c.w.size(), best_isa());
  const cambium_tests::AllocationCount count;
  c.step(sgd), c.step(adam);
  CHECK(count.since() == 0);
}

template <class Some, class Options>
void same_bits_at_every_isa(const Options& options) {
  OptimizerCase plain, best;
  Opened<Some> a(options), b(options);
  a.allocate(plain.w.size(), Isa::portable), b.allocate(best.w.size(), best_isa());
  for (int t = 0; t < 5; ++t) {
    plain.set_gradient(t), plain.step(a);
    best.set_gradient(t), best.step(b);
  }
  CHECK(plain.w == best.w);
}

TEST_CASE("every instruction set gives the same bits") {
  same_bits_at_every_isa<Sgd>(SgdOptions{.rate = 0.1, .momentum = 0.9, .nesterov = true, .clip_norm = 3});
  same_bits_at_every_isa<AdamW>(AdamWOptions{.rate = 0.1, .clip_norm = 3, .clip_value = 0.2});
}

TEST_CASE("a copy goes its own way") {
  OptimizerCase c, d;
  Opened<Sgd> sgd(SgdOptions{.momentum = 0.5});
  sgd.allocate(c.w.size(), best_isa());
  Opened<Sgd> copy = sgd;
  c.set_gradient(0);
  c.step(sgd);
  CHECK(copy.steps() == 0);
  CHECK(copy.blocks()[0].values[0] == 0);
  CHECK(sgd.blocks()[0].values[0] == c.g[0]);
}

}  // namespace
}  // namespace cambium
