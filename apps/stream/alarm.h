// From which score on a row is an alarm, so that no more than a share of them is.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include "cambium/framework/base/state_dict.h"

namespace stream {

// Scores beyond their 98 % quantile q, which follows them, are taken for an exponential tail of mean excess b (peaks over
// threshold; Siffer et al. 2017, "Anomaly detection in streams with extreme value theory"):
//   level = q + c b log(0.02 / rate)
// and c is raised by each alarm and sinks between them, so that the rate is held whatever the tail is. Alarms that follow each
// other within 50 rows raise it once: what goes wrong for long must not make it deaf.
class AlarmLevel {
 public:
  explicit AlarmLevel(double rate) : rate_(rate) {}

  // How far up the score is, 1 and above being an alarm; 0 in the first 1,000 rows, when nothing is known.
  double take(double score) {
    const double level = quantile_ + factor_ * excess_ * std::log(tail / rate_);
    const double height = rows_ < 1000 || !(level > quantile_) ? 0 : std::max((score - quantile_) / (level - quantile_), 0.0);
    raised_ = height >= 1 && since_ >= 50;
    since_ = height >= 1 ? 0 : since_ + 1;
    if (rows_ >= 1000) factor_ = std::clamp(factor_ * std::exp(gain * ((raised_ ? 1 : 0) - rate_)), 0.3, 3.0);
    learn(score);
    return height;
  }
  bool raised() const { return raised_; }  // an alarm began with this row
  void state_dict(cambium::StateDict& dict) {
    double* const all[] = {&rows_, &quantile_, &spread_, &mean_, &excess_, &factor_, &since_, &above_};
    for (int i = 0; i < 8; ++i) dict.value(std::string(1, "abcdefgh"[i]), *all[i]);
  }

 private:
  static constexpr double tail = 0.02, gain = 0.1;
  void learn(double score) {
    const double a = std::min(rows_ / (rows_ + 1), 0.999), fast = std::max(0.1, 10 / (rows_ + 10));
    mean_ = a * mean_ + (1 - a) * score, spread_ = a * spread_ + (1 - a) * std::fabs(score - mean_);
    if (++rows_ < 300) return static_cast<void>(quantile_ = mean_ + 2 * spread_);
    if (score > quantile_) {
      const double some = std::max(1 / ++above_, 0.01);
      excess_ += some * (std::min(score - quantile_, above_ > 20 ? 5 * excess_ : 1e9) - excess_);
    }
    quantile_ += fast * spread_ * ((score > quantile_ ? 1 : 0) - tail);
  }

  bool raised_ = false;
  double rate_, rows_ = 0, quantile_ = 0, spread_ = 0, mean_ = 0, excess_ = 0, factor_ = 1, since_ = 1e6, above_ = 0;
};

}  // namespace stream
