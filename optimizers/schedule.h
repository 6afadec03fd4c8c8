// How the learning rate changes during a training: a factor on it for every step.
//
//   Sgd({.rate = 0.1, .schedule = schedule::cosine({.warm_up = 500})})
#pragma once

#include <string>
#include <variant>

#include "cambium/framework/base/numbers.h"

namespace cambium {

// Options of the schedules. Two of them mean the same everywhere:
//   warm_up   so many steps come first, in which the factor climbs along a line, 1/(warm_up + 1), 2/(warm_up + 1), ...;
//             the schedule proper has the steps that remain, and starts counting there
//   steps     how many steps the training takes; 0: the trainer, or Optimizer::plan_steps, says it
// Below, t counts the steps of the schedule proper from 0, and T is how many there are. Beyond T the last factor holds: a schedule
// that has ended stays at its end, however long one trains on. It never begins again by itself (Optimizer::restart_schedule).
namespace schedule {

// 1
struct ConstantOptions {
  int warm_up = 0;
  template <class V>
  void fields(V&& visit) {
    visit("warm_up", warm_up);
  }
};

// factor^floor(t / every)
struct StepOptions {
  int every = 1000;  // steps
  double factor = 0.1;
  int warm_up = 0;
  template <class V>
  void fields(V&& visit) {
    visit("every", every), visit("factor", factor), visit("warm_up", warm_up);
  }
};

// factor^(how many of the points are reached), each point a share of T.
struct MilestonesOptions {
  Numbers at = {0.5, 0.75};
  double factor = 0.1;
  int warm_up = 0;
  int steps = 0;
  template <class V>
  void fields(V&& visit) {
    visit("at", at), visit("factor", factor), visit("warm_up", warm_up), visit("steps", steps);
  }
};

// floor + (1 - floor) (1 + cos(pi t / T)) / 2. Loshchilov, Hutter 2017, "SGDR", without the restarts.
struct CosineOptions {
  double floor = 0;
  int warm_up = 0;
  int steps = 0;
  template <class V>
  void fields(V&& visit) {
    visit("floor", floor), visit("warm_up", warm_up), visit("steps", steps);
  }
};

// Half a cosine from `start` up to 1 at t = warm T - 1, another from there down to `end` at t = T - 1. It brings its own warm-up.
// Smith, Topin 2018, "Super-convergence". Both ends are factors on the rate, so PyTorch's final_div_factor of 1e4, which
// counts from the start, is the 1 / 2.5e5 here.
struct OneCycleOptions {
  double warm = 0.3;  // share of T that climbs
  double start = 1 / 25.;
  double end = 1 / 2.5e5;
  int steps = 0;
  template <class V>
  void fields(V&& visit) {
    visit("warm", warm), visit("start", start), visit("end", end), visit("steps", steps);
  }
};

}  // namespace schedule

// A value; the functions below make one. Without arguments it is constant.
class Schedule {
 public:
  using Rule = std::variant<schedule::ConstantOptions, schedule::StepOptions, schedule::MilestonesOptions, schedule::CosineOptions,
                            schedule::OneCycleOptions>;

  Schedule() = default;
  explicit Schedule(Rule rule);  // throws Error for options that make no sense

  // For step 0, 1, 2, ... of a training of `planned` steps, which the schedule's own .steps overrules.
  double factor(long step, long planned) const noexcept;

  // How many steps it takes until the factor stays as it is: its own .steps, else `planned`; 0 when it has no end.
  long steps(long planned) const noexcept;
  // True when the factor depends on how many steps there are, and that was not said yet.
  bool needs_steps() const noexcept;
  // Throws Error when the warm-up does not fit into so many steps.
  void check_steps(long planned) const;

  std::string str() const;  // "cosine (floor 0.01, warm_up 500)"; a warm_up or steps of 0 is left out

 private:
  Rule rule_;
};

namespace schedule {
inline Schedule constant(ConstantOptions options = {}) { return Schedule(options); }
inline Schedule step(StepOptions options = {}) { return Schedule(options); }
inline Schedule milestones(MilestonesOptions options = {}) { return Schedule(options); }
inline Schedule cosine(CosineOptions options = {}) { return Schedule(options); }
inline Schedule one_cycle(OneCycleOptions options = {}) { return Schedule(options); }
}  // namespace schedule

}  // namespace cambium
