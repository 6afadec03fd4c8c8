#include "cambium/optimizers/adam.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/base/state_dict.h"
#include "cambium/optimizers/check_option.h"

namespace cambium {
namespace {

// The kernel works with the decays as `real` holds them. Correcting for just those keeps the first steps exact: 1 - 0.999f is
// 5e-5 off 0.001.
double as_real(double beta) { return static_cast<double>(static_cast<real>(beta)); }

}  // namespace

Adam::Adam(AdamOptions options) : Adam("adam", std::move(options), Decay::coupled) {}

Adam::Adam(std::string kind, AdamOptions options, Decay decay) try
    : FusedFirstOrder({kind, options.rate, options.weight_decay, options.schedule, options.clip_norm, options.clip_value},
                      {"m", "v"}),
      options_(std::move(options)),
      decay_(decay) {
  const auto check_beta = [&](const char* option, double beta, const char* remedy) {
    // Above the largest `real` below 1 a decay would be 1, and the moment would never move.
    check_option(kind, option, beta, beta >= 0 && as_real(beta) < 1, "at least 0 and below 1", remedy);
  };
  check_beta("beta1", options_.beta1, "0.9");
  check_beta("beta2", options_.beta2, "0.999");
  check_option(kind, "epsilon", options_.epsilon, static_cast<real>(options_.epsilon) > 0 && std::isfinite(options_.epsilon),
               "above 0 and finite", "1e-8");
} catch (const std::bad_alloc&) {
  no_memory_for("an optimizer");
}

void Adam::meet(std::span<const Range> ranges) {
  if (moved_.size() == ranges.size()) return;
  for (const Range& range : ranges) moved_.push_back({range.offset});
}

void Adam::resume(long steps) {
  FusedFirstOrder::resume(steps);
  resumed_ = steps;
  for (Moved& it : moved_) it.steps = 0;
}

void Adam::state_dict(StateDict& dict) {
  FusedFirstOrder::state_dict(dict);
  dict.value("resumed", resumed_, 0L);
  for (std::size_t i = 0; i < moved_.size(); ++i) dict.value("moved/" + std::to_string(i), moved_[i].steps, 0L);
}

Adam::Moved* Adam::moved(const Range& range) noexcept {
  const auto found = std::ranges::lower_bound(moved_, range.offset, {}, &Moved::offset);
  return found != moved_.end() && found->offset == range.offset ? &*found : nullptr;
}

Adam::Correction Adam::correction_at(long t) const noexcept {
  return {1 - std::pow(as_real(options_.beta1), static_cast<double>(t)),
          1 - std::pow(as_real(options_.beta2), static_cast<double>(t))};
}

void Adam::begin(std::span<const Range> ranges) noexcept {
  FusedFirstOrder::begin(ranges);
  usual_ = correction_at(steps());
  alike_ = true;
  for (const Range& range : ranges) {
    Moved* const it = range.has_gradient && !range.settings.freeze ? moved(range) : nullptr;
    if (!it) continue;
    const long t = resumed_ + ++it->steps;
    alike_ = alike_ && t == steps();
    it->correction = t == steps() ? usual_ : correction_at(t);
  }
}

real Adam::largest_gradient() const noexcept {
  const real most = std::numeric_limits<real>::max();
  return options_.clip_norm > 0 || options_.clip_value > 0 ? most : std::sqrt(most);
}

bool Adam::run(const Range& range, std::size_t first, const GradientRows& gradient) noexcept {
  const double rate = this->rate() * range.settings.rate;
  const Moved* const it = alike_ ? nullptr : moved(range);
  const Correction& correction = it ? it->correction : usual_;
  const bool decoupled = decay_ == Decay::decoupled;
  const AdamRule rule{.rate = static_cast<real>(rate / correction.mean),
                      .beta1 = static_cast<real>(options_.beta1),
                      .beta2 = static_cast<real>(options_.beta2),
                      .root_correction = static_cast<real>(1 / std::sqrt(correction.square)),
                      .epsilon = static_cast<real>(options_.epsilon),
                      .decay = static_cast<real>(decoupled && range.decay ? rate * options_.weight_decay : 0)};
  const double coupled = decoupled ? 0 : options_.weight_decay;
  return kernels().adam(range.weight + first, gradient, moment(0, range, first), moment(1, range, first), rule,
                        shape_of(range, coupled));
}

Description Adam::describe() const {
  AdamOptions options = options_;
  options.rate = common().rate;  // set_rate may have changed it
  return describe_options(kind(), options);
}

}  // namespace cambium
