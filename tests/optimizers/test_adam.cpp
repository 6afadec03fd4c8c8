#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/optimizers/adamw.h"
#include "tests/optimizers/optimizer_case.h"

namespace cambium {
namespace {

// Adam where `decoupled` is false, else AdamW.
template <class Some, class Options>
void follow(const Options& options, bool decoupled, Isa isa) {
  CAPTURE(Some(options).describe().str());
  OptimizerCase c;
  Twin twin(c);
  twin.clip_norm = options.clip_norm, twin.clip_value = options.clip_value, twin.coupled = decoupled ? 0 : options.weight_decay;
  std::vector<double> m(c.w.size()), v(c.w.size());
  Opened<Some> adam(options);
  adam.plan_steps(50);
  adam.allocate(c.w.size(), isa);
  for (int t = 0; t < 50; ++t) {
    c.set_gradient(t);
    twin.step(c, options.rate * options.schedule.factor(t, 50), [&](std::size_t i, double w, double g, double rate, bool decays) {
      if (decoupled && decays) w *= 1 - rate * options.weight_decay;
      m[i] = options.beta1 * m[i] + (1 - options.beta1) * g;
      v[i] = options.beta2 * v[i] + (1 - options.beta2) * g * g;
      const double mhat = m[i] / (1 - std::pow(options.beta1, t + 1)), vhat = v[i] / (1 - std::pow(options.beta2, t + 1));
      return w - rate * mhat / (std::sqrt(vhat) + options.epsilon);
    });
    c.step(adam);
  }
  CHECK(twin.distance(c) <= optimizer_tolerance);
}

TEST_CASE("adam and adamw follow their naive twins") {
  for (const Isa isa : available_isas()) {
    follow<Adam>(AdamOptions{}, false, isa);
    follow<Adam>(AdamOptions{.rate = 0.01, .beta1 = 0.8, .beta2 = 0.99, .epsilon = 0.1}, false, isa);
    follow<Adam>(AdamOptions{.rate = 0.01, .weight_decay = 0.3}, false, isa);
    follow<Adam>(AdamOptions{.rate = 0.01, .beta1 = 0}, false, isa);
    follow<Adam>(
        AdamOptions{
            .rate = 0.02, .beta1 = 0.85, .weight_decay = 0.1, .schedule = schedule::one_cycle(), .clip_norm = 5, .clip_value = 0.3},
        false, isa);
    follow<AdamW>(AdamWOptions{}, true, isa);
    follow<AdamW>(AdamWOptions{.rate = 0.01, .weight_decay = 0.5}, true, isa);
    follow<AdamW>(AdamWOptions{.rate = 0.02,
                               .beta1 = 0.85,
                               .weight_decay = 0.9,
                               .schedule = schedule::cosine({.warm_up = 5}),
                               .clip_norm = 5,
                               .clip_value = 0.3},
                  true, isa);
  }
}

TEST_CASE("adam: the first step is as long as the rate, whatever the scale of the gradient") {
  for (const double scale : {1e-4, 1.0, 1e4}) {
    real w[2] = {1, 1}, g[2] = {static_cast<real>(scale), static_cast<real>(-scale)};
    const Range range{w, g, 0, 2, true, {}};
    Opened<Adam> adam(AdamOptions{.rate = 0.125, .epsilon = 1e-12});
    adam.allocate(2, best_isa());
    adam.begin({&range, 1});
    adam.update(range, 0, 2);
    CHECK(static_cast<double>(w[0]) == doctest::Approx(0.875).epsilon(1e-6));
    CHECK(static_cast<double>(w[1]) == doctest::Approx(1.125).epsilon(1e-6));
  }
}

TEST_CASE("adam: epsilon stands outside the corrected root") {
  real w = 1, g = 0.5;
  const Range range{&w, &g, 0, 1, true, {}};
  Opened<Adam> adam(AdamOptions{.rate = 1, .epsilon = 0.5});
  adam.allocate(1, best_isa());
  adam.begin({&range, 1});
  adam.update(range, 0, 1);
  CHECK(static_cast<double>(w) == doctest::Approx(0.5).epsilon(1e-6));  // 1 - 0.5 / (0.5 + 0.5)
}

TEST_CASE("adamw: without a gradient the decay is all that moves, and a small one is not rounded away") {
  real w[2] = {1, 1}, g[2] = {0, 0};
  const Range decays{w, g, 0, 1, true, {.rate = 0.5}}, stays{w + 1, g + 1, 1, 1, false, {}};
  const Range both[] = {decays, stays};
  Opened<AdamW> adam(AdamWOptions{.rate = 0.1, .weight_decay = 0.2});
  adam.allocate(2, best_isa());
  adam.begin(both);
  adam.update(decays, 0, 1), adam.update(stays, 0, 1);
  CHECK(static_cast<double>(w[0]) == doctest::Approx(1 - 0.1 * 0.5 * 0.2).epsilon(1e-7));
  CHECK(w[1] == 1);
  // A thousand steps with rate * decay = 1e-5: a float that holds 1 - 1e-5 is 0.1 % off in the decay.
  Opened<AdamW> slow(AdamWOptions{.rate = 0.001, .weight_decay = 0.01});
  slow.allocate(2, best_isa());
  w[0] = 1;
  const Range range{w, g, 0, 1, true, {}};
  for (int t = 0; t < 1000; ++t) slow.begin({&range, 1}), slow.update(range, 0, 1);
  CHECK(static_cast<double>(w[0]) == doctest::Approx(std::exp(-0.01)).epsilon(sizeof(real) == 4 ? 3e-5 : 1e-6));
}

TEST_CASE("adam and adamw: any cut of a range gives the same bits") {
  CHECK(cut_is_invisible<Adam>(AdamOptions{.rate = 0.01, .weight_decay = 0.1}));
  CHECK(cut_is_invisible<AdamW>(AdamWOptions{.rate = 0.01, .clip_norm = 2, .clip_value = 0.3}));
}

TEST_CASE("adam: its moments are blocks laid out like the weights") {
  OptimizerCase c;
  c.set_gradient(0);
  Opened<Adam> adam{};
  adam.allocate(c.w.size(), best_isa());
  c.step(adam);
  const auto blocks = adam.blocks();
  REQUIRE(blocks.size() == 2);
  CHECK(blocks[0].name == "m");
  CHECK(blocks[1].name == "v");
  for (const auto& block : blocks) REQUIRE(block.values.size() == c.w.size());
  const double g = static_cast<double>(c.g[113]);
  CHECK(static_cast<double>(blocks[0].values[113]) == doctest::Approx(0.1 * g).epsilon(1e-6));
  CHECK(static_cast<double>(blocks[1].values[113]) == doctest::Approx(0.001 * g * g).epsilon(1e-4));
}

TEST_CASE("adam: a training that goes on from its blocks and its count is the same training") {
  const AdamOptions options{.rate = 0.01, .schedule = schedule::cosine()};
  OptimizerCase straight, broken;
  Opened<Adam> a(options), b(options), c(options);
  for (Opened<Adam>* adam : {&a, &b, &c}) adam->plan_steps(20), adam->allocate(straight.w.size(), best_isa());
  for (int t = 0; t < 20; ++t) straight.set_gradient(t), straight.step(a);
  for (int t = 0; t < 10; ++t) broken.set_gradient(t), broken.step(b);
  for (std::size_t k = 0; k < 2; ++k) {
    const auto from = b.blocks()[k].values, to = c.blocks()[k].values;
    std::copy(from.begin(), from.end(), to.begin());
  }
  c.resume(b.steps());
  CHECK(c.rate() == b.rate());
  for (int t = 10; t < 20; ++t) broken.set_gradient(t), broken.step(c);
  CHECK(straight.w == broken.w);
}

TEST_CASE("adam and adamw tell what they are") {
  CHECK(Adam().describe().str() ==
        "adam (rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-8, weight_decay 0, schedule constant, clip_norm 0, clip_value 0)");
  CHECK(AdamW().describe().str() ==
        "adamw (rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-8, weight_decay 0.01, schedule constant, clip_norm 0, "
        "clip_value 0)");
}

TEST_CASE("adam and adamw refuse options that make no sense") {
  CHECK_THROWS_WITH_AS(Adam({.rate = -1}), "adam: .rate = -1 must be above 0 and finite; try .rate = 0.01", Error);
  CHECK_THROWS_WITH_AS(Adam({.beta1 = 1}), "adam: .beta1 = 1 must be at least 0 and below 1; try .beta1 = 0.9", Error);
  CHECK_THROWS_WITH_AS(Adam({.beta2 = NAN}), "adam: .beta2 = nan must be at least 0 and below 1; try .beta2 = 0.999", Error);
  CHECK_THROWS_WITH_AS(AdamW({.beta1 = -0.5}), "adamw: .beta1 = -0.5 must be at least 0 and below 1; try .beta1 = 0.9", Error);
  CHECK_THROWS_WITH_AS(AdamW({.epsilon = 0}), "adamw: .epsilon = 0 must be above 0 and finite; try .epsilon = 1e-8", Error);
  CHECK_THROWS_WITH_AS(AdamW({.weight_decay = -1}),
                       "adamw: .weight_decay = -1 must be at least 0 and finite; try .weight_decay = 1e-4", Error);
}

}  // namespace
}  // namespace cambium
