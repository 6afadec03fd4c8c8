#include "cambium/framework/training/parts/watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cambium/framework/kernels/kernels.h"

namespace cambium {
namespace {

constexpr long fewest_stretches = 16, first_check = 16, checks_apart = 64;
constexpr double much = 1e3, beyond_all = 1e12;

double norm_of(const Range& range) { return std::sqrt(kernels(best_isa()).elementwise.sum_of_squares(range.weight, range.size)); }

}  // namespace

Watch::Watch(const Weights& weights) {
  for (const Range& range : weights.ranges()) norms_.push_back(norm_of(range));
}

void Watch::begin(const Dataset& data, double start) {
  if (knows(data)) return;
  data_ = data.id();
  start_ = std::isfinite(start) ? start : 0;
  sum_ = 0, samples_ = 0, stretches_ = above_ = 0;
  steps_ = checked_ = 0, next_check_ = first_check;
  told_ = false;
}

void Watch::state_dict(StateDict& dict) {
  for (std::size_t i = 0; i < norms_.size(); ++i) dict.value("norms/" + std::to_string(i), norms_[i]);
  dict.value("start", start_), dict.value("last", last_), dict.value("sum", sum_), dict.value("lowest", lowest_);
  dict.value("samples", samples_), dict.value("stretches", stretches_), dict.value("above", above_);
  dict.value("steps", steps_), dict.value("checked", checked_), dict.value("next_check", next_check_), dict.value("told", told_);
}

Watch::Growth Watch::fastest(const Weights& weights) const {
  Growth most;
  for (std::size_t i = 0; i < norms_.size(); ++i) {
    const double norm = norm_of(weights.ranges()[i]);
    const double factor = norm / std::max({1.0, norms_[i], std::sqrt(std::max(start_, 0.0))});
    if (i == 0 || !(factor <= most.factor)) most = {i, norm, factor};
    if (std::isnan(factor)) return {i, norm, INFINITY};
  }
  return most;
}

std::string Watch::growth(const Weights& weights) const {
  if (norms_.empty()) return "there are no weights";
  const Growth most = fastest(weights);
  return fmt::format("{} has grown most, from a norm of {:.3g} to {:.3g}", weights.tensors()[most.tensor].name, norms_[most.tensor],
                     most.norm);
}

bool Watch::has_grown(const Weights& weights) const { return fastest(weights).factor > 10; }

std::string Watch::step(const Weights& weights, double loss, int samples) {
  if (told_) return {};
  ++steps_;
  sum_ += loss * samples, samples_ += samples;
  std::string text;
  if (samples_ >= enough) text = judge_loss(weights);
  if (text.empty() && steps_ >= next_check_) next_check_ = 2 * steps_, text = check_norms(weights);
  return text;
}

std::string Watch::end_of_epoch(const Weights& weights) {
  return told_ || steps_ - checked_ < checks_apart ? std::string() : check_norms(weights);
}

// A short stretch counts too: there may be no other.
std::string Watch::end_of_call(const Weights& weights) {
  if (told_ || steps_ == checked_) return {};
  std::string text = stretches_ == 0 && samples_ > 0 ? judge_loss(weights) : std::string();
  return text.empty() ? check_norms(weights) : text;
}

std::string Watch::check_norms(const Weights& weights) {
  checked_ = steps_;
  if (stretches_ < 1) return {};
  const double most = fastest(weights).factor;
  if (!(most > beyond_all) && !(most > much && last_ > start_ / 2)) return {};
  told_ = true;
  return fmt::format("the weights grow beyond bounds: {}; the loss is {:.3g}, and began at {:.3g}", growth(weights), last_, start_);
}

std::string Watch::judge_loss(const Weights& weights) {
  const long samples = samples_;
  last_ = sum_ / static_cast<double>(samples);
  sum_ = 0, samples_ = 0;
  ++stretches_;
  if (!(start_ > 0)) start_ = last_;
  if (!(last_ > start_)) return above_ = 0, std::string();
  lowest_ = above_ == 0 ? last_ : std::min(lowest_, last_);
  ++above_;
  if (above_ < fewest_stretches || !(lowest_ > (1 + 48 / static_cast<double>(above_)) * start_)) return {};
  told_ = true;
  return fmt::format("the loss stays above its start: {:.3g} then, and at least {:.3g} in each of {} stretches of {} samples; {}",
                     start_, lowest_, above_, samples, growth(weights));
}

}  // namespace cambium
