// How a schedule runs through several calls of fit.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cambium/cambium.h"

namespace cambium {
namespace {

MemoryDataset points() {
  std::vector<real> x;
  std::vector<int> labels;
  for (int i = 0; i < 40; ++i) x.push_back(static_cast<real>(i) / 40), labels.push_back(i >= 20);
  return MemoryDataset(Shape(1), x, labels, 2);
}

Trainer with(const Schedule& schedule) {
  return Trainer(Sequential(Shape(1), Dense(2)), SoftmaxCrossEntropy(), Sgd({.rate = 1, .schedule = schedule}),
                 {.batch = 8, .threads = 1});
}

// The rates of one call, 5 steps an epoch.
std::vector<double> rates(Trainer& trainer, FitOptions options, std::vector<std::string>* warnings = nullptr) {
  std::vector<double> all;
  options.on_step = [&](StepReport& r) { all.push_back(r.rate); };
  options.on_warning = [](const Error&) {};
  const History history = trainer.fit(points(), std::move(options));
  if (warnings) *warnings = history.warnings;
  return all;
}

std::vector<double> joined(std::vector<double> a, const std::vector<double>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const std::vector<Schedule> with_an_end = {schedule::cosine(), schedule::cosine({.floor = 0.1, .warm_up = 3}),
                                           schedule::one_cycle(), schedule::milestones(), schedule::milestones({.warm_up = 2})};

}  // namespace

TEST_CASE("a schedule that has ended stays at its end in later calls of fit, and a warning says so") {
  for (const Schedule& schedule : with_an_end) {
    CAPTURE(schedule.str());
    Trainer trainer = with(schedule);
    std::vector<std::string> warnings;
    const std::vector<double> first = rates(trainer, {.epochs = 3}, &warnings);
    CHECK(warnings.empty());
    for (int call = 0; call < 2; ++call) {
      for (const double rate : rates(trainer, {.epochs = 3}, &warnings)) {
        CHECK(rate <= first.back());
        CHECK(rate == schedule.factor(15, 15));
      }
      REQUIRE(warnings.size() == 1);
      CHECK(warnings[0].find("the schedule has ended with an earlier part of the training, and its last rate stays; try") == 0);
    }
  }
}

TEST_CASE("said in the first call, a schedule spans all of them") {
  for (const Schedule& schedule : with_an_end) {
    CAPTURE(schedule.str());
    Trainer once = with(schedule), parts = with(schedule);
    const std::vector<double> whole = rates(once, {.epochs = 6});
    std::vector<std::string> warnings;
    std::vector<double> cut = rates(parts, {.epochs = 2, .schedule_epochs = 6});
    for (int call = 0; call < 2; ++call) {
      cut = joined(cut, rates(parts, {.epochs = 2}, &warnings));
      CHECK(warnings.empty());
    }
    CHECK(cut == whole);
    CHECK(std::equal(once.weights().block().begin(), once.weights().block().end(), parts.weights().block().begin()));
    rates(parts, {.epochs = 1}, &warnings);
    CHECK(warnings.size() == 1);
  }
}

TEST_CASE("a schedule begins again when that is said, for as long as is said, and no steps are forgotten") {
  for (const Schedule& schedule : with_an_end) {
    CAPTURE(schedule.str());
    Trainer trainer = with(schedule);
    const std::vector<double> first = rates(trainer, {.epochs = 3});
    CHECK(rates(trainer, {.epochs = 3, .restart_schedule = true}) == first);
    CHECK(trainer.optimizer().steps() == 30);
    const std::vector<double> half = rates(trainer, {.epochs = 1, .schedule_epochs = 3, .restart_schedule = true});
    CHECK(joined(half, rates(trainer, {.epochs = 2})) == first);
    CHECK(rates(trainer, {.epochs = 1})[0] == schedule.factor(15, 15));
    // Made longer by a word, it goes on from where it is in the longer one.
    CHECK(rates(trainer, {.epochs = 1, .schedule_epochs = 8})[0] == schedule.factor(20, 40));
  }
}

TEST_CASE("a call that ends early leaves its schedule where it is") {
  Trainer trainer = with(schedule::cosine());
  std::vector<std::string> warnings;
  trainer.fit(points(), {.epochs = 4, .on_step = [](StepReport& r) { r.stop = r.epoch == 2; }});  // 6 of 20 steps
  const std::vector<double> rest = rates(trainer, {.epochs = 3}, &warnings);
  CHECK(rest[0] == schedule::cosine().factor(6, 20));
  CHECK(rest.back() == 0);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("the schedule ends 1 step before this training does") == 0);
}

TEST_CASE("a trainer that begins again, or goes on with another optimizer, begins its schedule") {
  Trainer trainer = with(schedule::cosine());
  const std::vector<double> first = rates(trainer, {.epochs = 3});
  rates(trainer, {.epochs = 1, .restart_schedule = true});
  trainer.restart(1);
  CHECK(rates(trainer, {.epochs = 3}) == first);
  trainer.set_optimizer(Sgd({.rate = 1, .schedule = schedule::cosine()}));
  CHECK(rates(trainer, {.epochs = 3}) == first);
}

TEST_CASE("an optimizer that has moved these weights by hand goes on from there: what fit spans begins where it takes over") {
  Trainer trainer = with(schedule::cosine());
  Sgd by_hand({.rate = 1, .schedule = schedule::cosine()});
  by_hand.plan_steps(7);
  for (int t = 0; t < 7; ++t) CHECK(by_hand.step(trainer.weights()));
  trainer.set_optimizer(std::move(by_hand));
  rates(trainer, {.epochs = 1, .schedule_epochs = 2});
  CHECK(trainer.optimizer().steps() == 12);
  CHECK(trainer.optimizer().schedule_end() == 17);
}

TEST_CASE("a call of fit that is refused has planned nothing") {
  Trainer trainer = with(schedule::cosine());
  CHECK_THROWS_AS(trainer.fit(points(), {.epochs = 100, .augment = Shift()}), Error);
  const std::vector<double> first = rates(trainer, {.epochs = 1});
  for (int t = 0; t < 5; ++t) CHECK(first[static_cast<std::size_t>(t)] == schedule::cosine().factor(t, 5));
  Trainer warm = with(schedule::cosine({.warm_up = 5}));
  rates(warm, {.epochs = 2});
  CHECK_THROWS_AS(warm.fit(points(), {.epochs = 1, .restart_schedule = true}), Error);  // five steps are all warm-up
  CHECK(warm.optimizer().schedule_end() == 10);
}

TEST_CASE("schedules without an end, and those that know their own, run on through all calls") {
  for (const Schedule& schedule : {Schedule(), schedule::constant({.warm_up = 3}), schedule::step({.every = 4, .factor = 0.5}),
                                   schedule::cosine({.steps = 50})}) {
    CAPTURE(schedule.str());
    Trainer trainer = with(schedule);
    std::vector<std::string> warnings;
    std::vector<double> all = rates(trainer, {.epochs = 3});
    all = joined(all, rates(trainer, {.epochs = 3}, &warnings));
    CHECK(warnings.empty());
    for (long t = 0; t < 30; ++t) CHECK(all[static_cast<std::size_t>(t)] == schedule.factor(t, 0));
  }
}

TEST_CASE("optimizers: a schedule begun again, by hand") {
  Adam adam({.rate = 1, .schedule = schedule::cosine()});
  CHECK(adam.schedule_end() == 0);
  adam.plan_steps(10);
  CHECK(adam.schedule_end() == 10);
  adam.resume(10);
  adam.restart_schedule(20);
  CHECK(adam.schedule_end() == 30);
  CHECK(adam.steps() == 10);
  CHECK(adam.rate() == 1);
  CHECK_THROWS_WITH_AS(adam.restart_schedule(0), "adam: a schedule of 0 steps; try at least 1 step", Error);
  CHECK(adam.schedule_end() == 30);
  CHECK(Sgd({.schedule = schedule::step()}).schedule_end() == 0);
  CHECK(Sgd({.schedule = schedule::one_cycle({.steps = 7})}).schedule_end() == 7);
}

}  // namespace cambium
