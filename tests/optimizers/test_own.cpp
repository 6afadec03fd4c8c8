#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/testing/check_optimizer.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/optimizers/first_order.h"
#include "cambium/optimizers/sgd.h"
#include "tests/optimizers/optimizer_case.h"
#include "tests/support/count_allocations.h"
#include "tests/support/lion.h"
#include "tests/support/training.h"

// Optimizers of one's own, as optimizers/README.md and first_order.h have them.
namespace cambium {
namespace {

class SignSgd : public FirstOrder {
 public:
  explicit SignSgd(double rate) : FirstOrder({.kind = "sign_sgd", .rate = rate}, {}) {}
  Description describe() const override { return {kind(), {{"rate", text_of(common().rate)}}}; }

 private:
  void move(const Piece& p) noexcept override {
    for (std::size_t i = 0; i < p.count; ++i) p.weight[i] -= p.rate * static_cast<real>((p.gradient[i] > 0) - (p.gradient[i] < 0));
  }
};

// Sgd with momentum once more, by someone who has never heard of clipping, penalties, limits or freezing.
class HeavyBall : public FirstOrder {
 public:
  explicit HeavyBall(const SgdOptions& o)
      : FirstOrder({"heavy_ball", o.rate, o.weight_decay, o.schedule, o.clip_norm, o.clip_value}, {"velocity"}),
        momentum_(static_cast<real>(o.momentum)) {}
  Description describe() const override { return {kind(), {}}; }

 private:
  void move(const Piece& p) noexcept override {
    for (std::size_t i = 0; i < p.count; ++i) {
      real& v = p.moments[0][i];
      v = momentum_ * v + p.gradient[i];
      p.weight[i] -= p.rate * v;
    }
  }
  real momentum_;
};

const std::vector<SgdOptions> settings = {{.rate = 0.05, .momentum = 0.9},
                                          {.rate = 0.05, .momentum = 0.9, .weight_decay = 0.1},
                                          {.rate = 0.05, .momentum = 0.9, .clip_value = 0.3},
                                          {.rate = 0.05, .momentum = 0.9, .clip_norm = 3},
                                          {.rate = 0.05,
                                           .momentum = 0.9,
                                           .weight_decay = 0.1,
                                           .schedule = schedule::cosine({.warm_up = 3}),
                                           .clip_norm = 3,
                                           .clip_value = 0.2}};

}  // namespace

TEST_CASE("an optimizer of one's own hears of all that a user may ask of one: it has the bits of Sgd") {
  for (const SgdOptions& options : settings) {
    CAPTURE(Sgd(options).describe().str());
    OptimizerCase own, given;  // with ranges that have rates, penalties, a limit, and one that is frozen
    Opened<HeavyBall> heavy(options);
    Opened<Sgd> sgd(options);
    heavy.plan_steps(30), sgd.plan_steps(30);
    heavy.allocate(own.w.size(), best_isa()), sgd.allocate(given.w.size(), best_isa());
    for (int t = 0; t < 30; ++t) {
      own.set_gradient(t), own.step(heavy);
      given.set_gradient(t), given.step(sgd);
    }
    CHECK(own.w == given.w);
    CHECK(std::equal(heavy.blocks()[0].values.begin(), heavy.blocks()[0].values.end(), sgd.blocks()[0].values.begin()));
    CHECK(heavy.rate() == sgd.rate());
  }
}

TEST_CASE("an optimizer of one's own: any cut of a range, and inside the backward pass, the same bits") {
  for (std::size_t i = 0; i + 1 < settings.size(); ++i) CHECK(cut_is_invisible<HeavyBall>(settings[i]));
  const SgdOptions options{.rate = 0.05, .momentum = 0.9, .weight_decay = 0.1, .clip_value = 0.01};
  for (const int batch : {1, 4}) {
    const Sequential net(Shape(40), Dense(30), Dense(3));
    const auto train = [&](StepIs where, PlanOptions plan) {
      plan.batch = batch;
      return train_a_little(net, HeavyBall(options), plan, 10, where);
    };
    CHECK(train(StepIs::separate, {}) == train(StepIs::inside_backward, {}));
    CHECK(train(StepIs::separate, {}) == train(StepIs::inside_backward, {.threads = 3}));
  }
}

TEST_CASE("optimizers of one's own keep the whole contract") {
  testing::check_optimizer(SignSgd(0.01));
  testing::check_optimizer(HeavyBall({.rate = 0.1, .momentum = 0.5, .clip_value = 0.4}));
}

TEST_CASE("sign sgd, worked by hand") {
  real w[3] = {1, 1, 1}, g[3] = {5, -0.1f, 0};
  const Range range{w, g, 0, 3, true, {.rate = 0.5, .limit = 1.1}};
  Opened<SignSgd> sign(0.5);
  sign.allocate(3, best_isa());
  sign.begin({&range, 1});
  CHECK(sign.update_and_look(range, 0, 3));
  CHECK(w[0] == real(0.75));
  CHECK(w[1] == real(1.1));
  CHECK(w[2] == real(1));
  CHECK(sign.describe().str() == "sign_sgd (rate 0.5)");
  w[1] = std::numeric_limits<real>::quiet_NaN();
  CHECK_FALSE(sign.update_and_look(range, 0, 3));
  const cambium_tests::AllocationCount count;
  sign.begin({&range, 1}), sign.update(range, 0, 3);
  CHECK(count.since() == 0);
}

TEST_CASE("lion walks down a parabola by its rate at a time") {
  real w = 1, g = 0;
  const Range range{&w, &g, 0, 1, true, {}};
  Opened<Lion> lion(0.125);
  lion.allocate(1, best_isa());
  for (int t = 0; t < 4; ++t) {
    CHECK(w == 1 - real(0.125) * static_cast<real>(t));
    g = w;
    lion.begin({&range, 1}), lion.update(range, 0, 1);
  }
  CHECK(lion.blocks()[0].values[0] > 0);
}

TEST_CASE("an optimizer of one's own is refused what makes no sense") {
  CHECK_THROWS_WITH_AS(SignSgd(-1), "sign_sgd: .rate = -1 must be above 0 and finite; try .rate = 0.01", Error);
  struct Nine : FirstOrder {
    Nine() : FirstOrder({.kind = "nine"}, std::vector<std::string>(9, "m")) {}
    void move(const Piece&) noexcept override {}
    Description describe() const override { return {kind(), {}}; }
  };
  CHECK_THROWS_WITH_AS(Nine(), "nine: 9 moments, and there may be 8; try fewer, or an optimizer derived from Optimizer", Error);
}

}  // namespace cambium
