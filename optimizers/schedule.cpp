#include "cambium/optimizers/schedule.h"

#include <cmath>
#include <utility>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/error.h"
#include "cambium/optimizers/check_option.h"

namespace cambium {
namespace {

using namespace schedule;

const char* name(const ConstantOptions&) { return "constant"; }
const char* name(const StepOptions&) { return "step"; }
const char* name(const MilestonesOptions&) { return "milestones"; }
const char* name(const CosineOptions&) { return "cosine"; }
const char* name(const OneCycleOptions&) { return "one_cycle"; }

template <class Options>
long warm_up_of(const Options& options) {
  if constexpr (requires { options.warm_up; }) return options.warm_up;
  return 0;
}
template <class Options>
long steps_of(const Options& options) {
  if constexpr (requires { options.steps; }) return options.steps;
  return 0;
}

// From one value to the other along half a cosine, for x from 0 to 1.
double along_cosine(double from, double to, double x) { return to + (from - to) * (1 + std::cos(std::acos(-1.0) * x)) / 2; }

// ------------------------------------------------------------------------------------- the factor at step t of T

double shape(const ConstantOptions&, long, long) { return 1; }

double shape(const StepOptions& o, long t, long) { return std::pow(o.factor, static_cast<double>(t / o.every)); }

double shape(const MilestonesOptions& o, long t, long T) {
  int reached = 0;
  for (const double at : o.at) reached += t >= std::lround(at * static_cast<double>(T));
  return std::pow(o.factor, reached);
}

double shape(const CosineOptions& o, long t, long T) {
  return t >= T ? o.floor : along_cosine(1, o.floor, static_cast<double>(t) / static_cast<double>(T));
}

double shape(const OneCycleOptions& o, long t, long T) {
  if (t >= T - 1) return o.end;
  const double x = static_cast<double>(t), last = static_cast<double>(T - 1);
  const double peak = std::fmax(o.warm * static_cast<double>(T) - 1, 0);
  return x < peak ? along_cosine(o.start, 1, x / peak) : along_cosine(1, o.end, (x - peak) / (last - peak));
}

// ------------------------------------------------------------------------------------- what makes no sense

void check_factor(const std::string& who, double factor) {
  check_option(who, "factor", factor, factor > 0 && factor <= 1, "above 0 and at most 1", "0.1");
}

void check(const std::string&, const ConstantOptions&) {}

void check(const std::string& who, const StepOptions& o) {
  check_option(who, "every", o.every, o.every >= 1, "at least 1 step", "1000");
  check_factor(who, o.factor);
}

void check(const std::string& who, const MilestonesOptions& o) {
  double before = 0;
  bool rising = !o.at.empty();
  for (const double at : o.at) rising = rising && at > before && at < 1, before = at;
  if (!rising) throw Error(who + ": .at = " + o.at.str() + " must rise, from above 0 to below 1", ".at = {0.5, 0.75}");
  check_factor(who, o.factor);
}

void check(const std::string& who, const CosineOptions& o) {
  check_option(who, "floor", o.floor, o.floor >= 0 && o.floor <= 1, "from 0 to 1, a share of the rate", "0.01");
}

void check(const std::string& who, const OneCycleOptions& o) {
  check_option(who, "warm", o.warm, o.warm >= 0 && o.warm < 1, "at least 0 and below 1, a share of the training", "0.3");
  check_option(who, "start", o.start, o.start > 0 && o.start <= 1, "above 0 and at most 1, a share of the rate", "0.04");
  check_option(who, "end", o.end, o.end >= 0 && o.end <= 1, "from 0 to 1, a share of the rate", "0.0001");
}

template <class Options>
void check_all(const Options& options) {
  const std::string who = std::string("schedule ") + name(options);
  const double warm_up = static_cast<double>(warm_up_of(options)), steps = static_cast<double>(steps_of(options));
  check_option(who, "warm_up", warm_up, warm_up >= 0, "at least 0 steps", "500");
  check_option(who, "steps", steps, steps >= 0, "at least 1 step, or 0 where the trainer says it", "10000");
  check(who, options);
}

}  // namespace

Schedule::Schedule(Rule rule) : rule_(std::move(rule)) {
  std::visit([](const auto& options) { check_all(options); }, rule_);
  check_steps(0);
}

double Schedule::factor(long step, long planned) const noexcept {
  return std::visit(
      [&](const auto& options) {
        const long steps = steps_of(options) > 0 ? steps_of(options) : planned, warm_up = warm_up_of(options);
        if (step < warm_up) return static_cast<double>(step + 1) / static_cast<double>(warm_up + 1);
        return shape(options, step - warm_up, steps - warm_up);
      },
      rule_);
}

long Schedule::steps(long planned) const noexcept {
  return std::visit(
      [&](const auto& options) -> long {
        if constexpr (requires { options.steps; }) return options.steps > 0 ? options.steps : planned;
        return 0;
      },
      rule_);
}

bool Schedule::needs_steps() const noexcept {
  return std::visit(
      [](const auto& options) {
        if constexpr (requires { options.steps; }) return options.steps == 0;
        return false;
      },
      rule_);
}

void Schedule::check_steps(long planned) const {
  std::visit(
      [&](const auto& options) {
        const long steps = steps_of(options) > 0 ? steps_of(options) : planned, warm_up = warm_up_of(options);
        if (steps > 0 && warm_up >= steps)
          throw Error("schedule " + str() + ": the warm-up of " + std::to_string(warm_up) +
                          " steps takes up the whole training of " + std::to_string(steps),
                      ".warm_up = " + std::to_string(steps / 10));
      },
      rule_);
}

std::string Schedule::str() const {
  return std::visit(
      [](const auto& options) {
        Description description = describe_options(name(options), options);
        std::erase_if(description.fields,
                      [](const Field& f) { return f.value == "0" && (f.name == "warm_up" || f.name == "steps"); });
        return description.str();
      },
      rule_);
}

}  // namespace cambium
