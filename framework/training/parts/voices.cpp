#include "cambium/framework/training/parts/voices.h"

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/state_dict.h"

namespace cambium {
namespace {

constexpr double most_lost = 5, least_probability = 1e-9;

}  // namespace

Followers::Followers(int classes) : classes_(0) { grow(classes); }

void Followers::grow(int classes) {
  const auto from = as_size(classes_), to = as_size(classes);
  std::vector<double> after(to * to, prior);
  for (std::size_t last = 0; last < from; ++last) std::copy_n(&after_[last * from], from, &after[last * to]);
  after_.swap(after);
  alone_.resize(to, prior), sums_.resize(to);
  for (std::size_t last = 0; last < to; ++last) sums_[last] = 0;
  sum_ = 0;
  for (std::size_t last = 0; last < to; ++last)
    for (std::size_t next = 0; next < to; ++next) sums_[last] += after_[last * to + next];
  for (const double one : alone_) sum_ += one;
  classes_ = classes;
}

void Followers::apply(const real* p, int last, real* q) const noexcept {
  double sum = 0;
  for (int c = 0; c < classes_; ++c) {
    const double after = last < 0 ? 1 : after_[as_size(last) * as_size(classes_) + as_size(c)] / sums_[as_size(last)];
    const double alone = last < 0 ? 1 : alone_[as_size(c)] / sum_;
    const double one = static_cast<double>(p[c]) * after / alone;
    q[c] = static_cast<real>(one), sum += one;
  }
  for (int c = 0; c < classes_; ++c) q[c] = sum > 0 ? static_cast<real>(static_cast<double>(q[c]) / sum) : p[c];
}

// What fades comes back to the prior, not to nothing.
void Followers::learn(int last, int truth) noexcept {
  const auto fade = [](double* counts, int n, int seen) {
    double sum = 0;
    for (int c = 0; c < n; ++c) counts[c] = memory * counts[c] + (1 - memory) * prior + (c == seen ? 1 : 0), sum += counts[c];
    return sum;
  };
  sum_ = fade(alone_.data(), classes_, truth);
  if (last >= 0) sums_[as_size(last)] = fade(&after_[as_size(last) * as_size(classes_)], classes_, truth);
}

void Followers::state_dict(StateDict& dict) {
  dict.values("after", after_), dict.values("sums", sums_), dict.values("alone", alone_), dict.value("sum", sum_);
}

Voices::Voices(int voices, int classes, int values, double memory)
    : width_(classes > 0 ? classes : values), memory_(memory), losses_(as_size(voices)), weights_(as_size(voices), 1.0 / voices) {}

void Voices::mix(const real* voices, real* answer) noexcept {
  const double least = *std::min_element(losses_.begin(), losses_.end());
  double sum = 0;
  for (std::size_t i = 0; i < losses_.size(); ++i) sum += weights_[i] = std::exp(least - losses_[i]);
  for (int k = 0; k < width_; ++k) {
    double mean = 0;
    for (std::size_t i = 0; i < losses_.size(); ++i)
      mean += weights_[i] * static_cast<double>(voices[i * as_size(width_) + as_size(k)]);
    answer[k] = static_cast<real>(mean / sum);
  }
}

void Voices::learn(const real* voices, int truth) noexcept {
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    const double p = static_cast<double>(voices[i * as_size(width_) + as_size(truth)]);
    losses_[i] = memory_ * losses_[i] + std::min(-std::log(std::max(p, least_probability)), most_lost);
  }
}

void Voices::learn(const real* voices, const real* truth, const real* answer) noexcept {
  const auto error = [&](const real* y) {
    double sum = 0;
    for (int k = 0; k < width_; ++k) sum += std::pow(static_cast<double>(y[k]) - static_cast<double>(truth[k]), 2);
    return sum;
  };
  error_ = memory_ * error_ + (1 - memory_) * error(answer);
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    const double lost = error_ > 0 ? error(voices + i * as_size(width_)) / (2 * error_) : 0;
    losses_[i] = memory_ * losses_[i] + std::min(lost, most_lost);
  }
}

void Voices::state_dict(StateDict& dict) { dict.values("losses", losses_), dict.value("error", error_); }

}  // namespace cambium
