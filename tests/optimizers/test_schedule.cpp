#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/optimizers/schedule.h"

namespace cambium {
namespace {

void factors(const Schedule& schedule, long planned, const std::vector<std::pair<long, double>>& wanted) {
  for (const auto& entry : wanted) {
    const long step = entry.first;
    CAPTURE(schedule.str());
    CAPTURE(step);
    CHECK(schedule.factor(step, planned) == doctest::Approx(entry.second).epsilon(1e-12));
  }
}

TEST_CASE("schedule: constant") {
  factors(Schedule(), 0, {{0, 1}, {1000000, 1}});
  factors(schedule::constant({.warm_up = 3}), 10, {{0, 0.25}, {1, 0.5}, {2, 0.75}, {3, 1}, {9, 1}, {20, 1}});
}

TEST_CASE("schedule: step") {
  const Schedule s = schedule::step({.every = 3, .factor = 0.5});
  factors(s, 0, {{0, 1}, {2, 1}, {3, 0.5}, {5, 0.5}, {6, 0.25}, {30, std::pow(0.5, 10)}});
  factors(schedule::step({.every = 3, .factor = 0.5, .warm_up = 1}), 0, {{0, 0.5}, {1, 1}, {3, 1}, {4, 0.5}, {7, 0.25}});
}

TEST_CASE("schedule: milestones are shares of the training") {
  factors(schedule::milestones({.at = {0.5, 0.75}}), 8, {{0, 1}, {3, 1}, {4, 0.1}, {5, 0.1}, {6, 0.01}, {8, 0.01}, {100, 0.01}});
  factors(schedule::milestones({.at = {0.1}, .factor = 0.5, .steps = 30}), 999, {{2, 1}, {3, 0.5}});
  factors(schedule::milestones({.at = {0.55}}), 100, {{54, 1}, {55, 0.1}});  // 0.55 * 100 is a little above 55
  factors(schedule::milestones({.at = {0.5}, .warm_up = 2}), 10, {{0, 1 / 3.}, {2, 1}, {5, 1}, {6, 0.1}});
}

TEST_CASE("schedule: cosine") {
  const double pi = std::acos(-1.0);
  factors(schedule::cosine(), 4,
          {{0, 1}, {1, (1 + std::cos(pi / 4)) / 2}, {2, 0.5}, {3, (1 - std::cos(pi / 4)) / 2}, {4, 0}, {9, 0}});
  factors(schedule::cosine({.floor = 0.2}), 4, {{0, 1}, {2, 0.6}, {4, 0.2}, {1000, 0.2}});
  factors(schedule::cosine({.floor = 0.2, .warm_up = 4, .steps = 8}), 50, {{0, 0.2}, {3, 0.8}, {4, 1}, {6, 0.6}, {8, 0.2}});
}

TEST_CASE("schedule: one_cycle has its peak and its end where PyTorch has them") {
  // T = 10, warm 0.3: up over steps 0 .. 2, down over 2 .. 9.
  const double pi = std::acos(-1.0), start = 1 / 25., end = 1 / 2.5e5;
  const double third = end + (1 - end) * (1 + std::cos(pi / 7)) / 2;
  factors(schedule::one_cycle(), 10, {{0, start}, {1, (start + 1) / 2}, {2, 1}, {3, third}, {9, end}, {10, end}, {99, end}});
  // The peak may fall between two steps: T = 5, warm 0.5 has it at 1.5.
  const auto down = [&](double x) { return end + (1 - end) * (1 + std::cos(pi * x / 2.5)) / 2; };
  factors(schedule::one_cycle({.warm = 0.5}), 5,
          {{1, 1 + (start - 1) * (1 + std::cos(pi / 1.5)) / 2}, {2, down(0.5)}, {3, down(1.5)}, {4, end}});
  factors(schedule::one_cycle({.warm = 0}), 3, {{0, 1}, {1, (1 + end) / 2}, {2, end}});
  factors(schedule::one_cycle(), 1, {{0, end}});
  factors(schedule::one_cycle(), 2, {{0, 1}, {1, end}});
}

TEST_CASE("schedule: every factor is a number between 0 and 1, for any length") {
  for (const Schedule& s : {schedule::milestones(), schedule::cosine(), schedule::one_cycle(), schedule::one_cycle({.warm = 0.99})})
    for (long planned = 1; planned < 40; ++planned)
      for (long step = 0; step < planned + 3; ++step) {
        const double f = s.factor(step, planned);
        CHECK((f >= 0 && f <= 1));
      }
}

TEST_CASE("schedule: who must be told the number of steps") {
  CHECK_FALSE(Schedule().needs_steps());
  CHECK_FALSE(schedule::step().needs_steps());
  CHECK(schedule::milestones().needs_steps());
  CHECK(schedule::cosine().needs_steps());
  CHECK(schedule::one_cycle().needs_steps());
  CHECK_FALSE(schedule::cosine({.steps = 5}).needs_steps());
}

TEST_CASE("schedule: tells what it is") {
  CHECK(Schedule().str() == "constant");
  CHECK(schedule::constant({.warm_up = 5}).str() == "constant (warm_up 5)");
  CHECK(schedule::step({.every = 10}).str() == "step (every 10, factor 0.1)");
  CHECK(schedule::milestones().str() == "milestones (at [0.5, 0.75], factor 0.1)");
  CHECK(schedule::cosine({.warm_up = 5, .steps = 100}).str() == "cosine (floor 0, warm_up 5, steps 100)");
  CHECK(schedule::one_cycle().str() == "one_cycle (warm 0.3, start 0.04, end 4e-6)");
}

TEST_CASE("schedule: refuses what makes no sense") {
  const double nan = std::nan("");
  const auto refuse = [](const auto& make, const char* message) { CHECK_THROWS_WITH_AS(make(), message, Error); };
  refuse([] { schedule::step({.every = 0}); }, "schedule step: .every = 0 must be at least 1 step; try .every = 1000");
  refuse([] { schedule::step({.factor = 0}); }, "schedule step: .factor = 0 must be above 0 and at most 1; try .factor = 0.1");
  refuse([&] { schedule::milestones({.factor = nan}); },
         "schedule milestones: .factor = nan must be above 0 and at most 1; try .factor = 0.1");
  refuse(
      [] {
        schedule::milestones({.at = {0.5, 0.25}});
      },
      "schedule milestones: .at = [0.5, 0.25] must rise, from above 0 to below 1; try .at = {0.5, 0.75}");
  CHECK_THROWS_AS(schedule::milestones({.at = {}}), Error);
  CHECK_THROWS_AS(schedule::milestones({.at = {0}}), Error);
  CHECK_THROWS_AS(schedule::milestones({.at = {1}}), Error);
  CHECK_THROWS_AS(schedule::milestones({.at = {nan}}), Error);
  refuse([] { schedule::cosine({.floor = 1.5}); },
         "schedule cosine: .floor = 1.5 must be from 0 to 1, a share of the rate; try .floor = 0.01");
  refuse([] { schedule::cosine({.warm_up = -1}); }, "schedule cosine: .warm_up = -1 must be at least 0 steps; try .warm_up = 500");
  refuse([] { schedule::cosine({.steps = -1}); },
         "schedule cosine: .steps = -1 must be at least 1 step, or 0 where the trainer says it; try .steps = 10000");
  refuse([] { schedule::cosine({.warm_up = 100, .steps = 100}); },
         "schedule cosine (floor 0, warm_up 100, steps 100): the warm-up of 100 steps takes up the whole training of 100; "
         "try .warm_up = 10");
  refuse([] { schedule::one_cycle({.warm = 1}); },
         "schedule one_cycle: .warm = 1 must be at least 0 and below 1, a share of the training; try .warm = 0.3");
  refuse([] { schedule::one_cycle({.start = 0}); },
         "schedule one_cycle: .start = 0 must be above 0 and at most 1, a share of the rate; try .start = 0.04");
  refuse([] { schedule::one_cycle({.end = 2}); },
         "schedule one_cycle: .end = 2 must be from 0 to 1, a share of the rate; try .end = 0.0001");
  CHECK_NOTHROW(schedule::cosine({.warm_up = 100}).check_steps(101));
  CHECK_THROWS_AS(schedule::cosine({.warm_up = 100}).check_steps(100), Error);
}

}  // namespace
}  // namespace cambium
