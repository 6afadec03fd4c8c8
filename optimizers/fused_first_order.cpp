#include "cambium/optimizers/fused_first_order.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "cambium/framework/base/denormals.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/base/state_dict.h"
#include "cambium/optimizers/check_option.h"

namespace cambium {

namespace {

void check_rate(const std::string& kind, double rate) {
  const auto single = static_cast<float>(rate);
  check_option(kind, "rate", rate, std::isfinite(rate) && single > 0 && std::isfinite(single), "above 0 and finite", "0.01");
}

}  // namespace

void FusedFirstOrder::set_rate(double rate) {
  check_rate(common_.kind, rate);
  rate_ = rate * (rate_ / common_.rate);  // the schedule's factor stays
  common_.rate = rate;
}

FusedFirstOrder::FusedFirstOrder(Common common, std::vector<std::string> moments) try : common_(std::move(common)) {
  const auto check = [&](const char* option, double value, bool good, const char* need, const char* remedy) {
    check_option(common_.kind, option, value, std::isfinite(value) && good, need, remedy);
  };
  check_rate(common_.kind, common_.rate);
  check("weight_decay", common_.weight_decay, common_.weight_decay >= 0, "at least 0 and finite", "1e-4");
  check("clip_norm", common_.clip_norm, common_.clip_norm >= 0, "at least 0 and finite, 0 for no clipping", "1");
  check("clip_value", common_.clip_value, common_.clip_value >= 0, "at least 0 and finite, 0 for no clipping", "1");
  for (std::string& name : moments) moments_.push_back({std::move(name), {}});
  rate_ = common_.rate * (common_.schedule.needs_steps() ? 1 : common_.schedule.factor(0, 0));
} catch (const std::bad_alloc&) {
  no_memory_for("an optimizer");
}

void FusedFirstOrder::allocate(std::size_t block_size, Isa isa) try {
  if (common_.schedule.needs_steps() && planned_ == 0)
    throw Error(common_.kind + ": the schedule " + common_.schedule.str() + " must know how many steps the training takes",
                ".steps = 10000 in the schedule, or plan_steps(10000)");
  kernels_ = &cambium::kernels(isa).optimize;
  elementwise_ = &cambium::kernels(isa).elementwise;
  for (Moment& moment : moments_)
    if (moment.values.size() != block_size) moment.values.assign(block_size, 0);  // else it is called again before every step
} catch (const std::bad_alloc&) {
  no_memory_for("the moments of an optimizer", moments_.size() * block_size * sizeof(real));
}

void FusedFirstOrder::plan_steps(long steps) {
  if (steps < 1) throw Error(common_.kind + ": a training of " + std::to_string(steps) + " steps", "at least 1 step");
  common_.schedule.check_steps(steps - schedule_start_);
  planned_ = steps;
  if (steps_ == 0) rate_ = common_.rate * factor_at(0);
}

long FusedFirstOrder::schedule_end() const noexcept {
  const long steps = common_.schedule.steps(planned_ - schedule_start_);
  return steps > 0 ? schedule_start_ + steps : 0;
}

void FusedFirstOrder::restart_schedule(long steps) {
  if (steps < 1) throw Error(common_.kind + ": a schedule of " + std::to_string(steps) + " steps", "at least 1 step");
  common_.schedule.check_steps(steps);
  schedule_start_ = steps_, planned_ = steps_ + steps;
  rate_ = common_.rate * factor_at(steps_);
}

void FusedFirstOrder::resume(long steps) {
  if (steps < 0) throw Error(common_.kind + ": cannot go on after " + std::to_string(steps) + " steps", "0 or more");
  steps_ = steps;
  schedule_start_ = std::min(schedule_start_, steps);  // who goes back to before a restart has not restarted
  const bool unknown = common_.schedule.needs_steps() && planned_ == 0;
  rate_ = common_.rate * (unknown ? 1 : factor_at(steps > schedule_start_ ? steps - 1 : schedule_start_));
}

void FusedFirstOrder::state_dict(StateDict& dict) {
  dict.value("steps", steps_, 0L), dict.value("planned", planned_, 0L), dict.value("schedule_start", schedule_start_, 0L);
  dict.value("base_rate", common_.rate, std::numeric_limits<double>::min()), dict.value("rate", rate_, 0.0);
}

void FusedFirstOrder::begin(std::span<const Range> ranges) noexcept {
  const FlushDenormals flush;
  rate_ = common_.rate * factor_at(steps_++);
  scale_ = needs_whole_gradient() ? norm_scale(ranges) : 1;
}

double FusedFirstOrder::norm_scale(std::span<const Range> ranges) const noexcept {
  double squares = 0;
  for (const Range& range : ranges)
    if (!range.settings.freeze) squares += elementwise_->sum_of_squares(range.gradient, range.size);
  const double scale = common_.clip_norm / (std::sqrt(squares) + 1e-6);
  return scale < 1 ? scale : 1;
}

bool FusedFirstOrder::update_and_look(const Range& range, std::size_t first, std::size_t last) noexcept {
  const FlushDenormals flush;
  const real scale = static_cast<real>(scale_);
  return range.settings.freeze || run(range, first, {range.gradient + first, last - first, &scale, 1});
}

// Row by row, the gradient of a row being `columns` times a number.
Optimizer::Outer FusedFirstOrder::update_outer(const Range& range, std::size_t first, std::size_t last, const real* rows,
                                               const real* columns, std::size_t width) noexcept {
  if (scale_ != 1) return Outer::cannot;  // two factors would be rounded in another order
  const FlushDenormals flush;
  const bool good = range.settings.freeze || run(range, first * width, {columns, width, rows, last - first});
  return good ? Outer::finite : Outer::not_finite;
}

GradientShape FusedFirstOrder::shape_of(const Range& range, double coupled_decay) const noexcept {
  const ParamSettings& settings = range.settings;
  const auto bound = [](double value) { return static_cast<real>(value > 0 ? value : INFINITY); };
  return {.clip = bound(common_.clip_value),
          .l1 = static_cast<real>(settings.l1),
          .l2 = static_cast<real>(settings.l2 + (range.decay ? coupled_decay : 0)),
          .limit = bound(settings.limit)};
}

std::vector<Optimizer::Block> FusedFirstOrder::blocks() {
  std::vector<Block> blocks;
  for (Moment& moment : moments_) blocks.push_back({moment.name, moment.values});
  return blocks;
}

}  // namespace cambium
