// How rarely a value comes that is larger than all before.
#pragma once

#include <algorithm>
#include <cmath>

namespace stream {

// Where f is exceeded with probability e^-t, log f rises by b(t) dt, with
//   b(t) = b t^-theta, 0 <= theta <= 1
// which is so in the tail of all distributions in use, exactly or nearly: theta is 0 for a power (Cauchy, Student), 1/2 for
// lognormal ones, 1 for normal and exponential ones (de Valk 2016, "Approximation of high quantiles from intermediate quantiles").
// b at the end comes from the largest 32 values so far (Hill 1975); theta from how much more log f rises between what one in 5 and
// one in 50 exceed, which are counted in steps of a factor of sqrt 2. Of both that end of the error is taken that has more to come.
struct Tail {  // doubles alone, as what contains it
  static constexpr int most = 32, steps = 40;
  double rows = 0, kept = 0;
  double largest[most] = {};  // the smallest of them first
  double counts[steps] = {};  // of values from 2^(i / 2 - 6) on

  void take(double f) {
    ++rows;
    counts[std::clamp(f > 0 ? static_cast<int>(2 * std::log2(std::min(f, 1e300))) + 12 : 0, 0, steps - 1)] += 1;
    if (f <= largest[0]) return;
    kept = std::min<double>(most, kept + 1), largest[0] = f;
    for (int i = 0; i + 1 < most && largest[i] > largest[i + 1]; ++i) std::swap(largest[i], largest[i + 1]);
  }

  // Whether it rises so little that it has an end, as that of a uniform distribution (log f rises as e^-t then, which is no theta).
  // The body shows it, where b is 0.09 for uniform ones, 0.19 for the sum of two of them, 0.26 for normal ones; or, of a column
  // that is mostly one value and so has no body, the 32 largest.
  bool has_end(bool sparse) const { return kept == most && (sparse ? logs() < 0.1 : body() < 0.16); }

  // The probability of values from f on, which lies beyond the 32nd largest; 1 where too little is known.
  double chance(double f) const {
    if (kept < most || f <= largest[0] || largest[0] <= 0) return 1;
    const double begins = std::log(rows / most), at = begins + 1, error = 1 / std::sqrt(most);
    const double slope = std::max(logs(), least), apart = std::log(at / body_at);
    const double bends = apart > 0.2 ? (std::log(std::max(body() / slope, 1e-3)) - error / 2) / apart : 0;
    const double theta = std::clamp(bends, 0.0, 0.99), rest = 1 - theta;
    const double reached = std::pow(begins, rest) + std::log(f / largest[0]) * rest / (slope * std::pow(at, theta));
    return std::exp(-std::pow(reached, 1 / rest));
  }

 private:
  static constexpr double least = 0.06, body_at = 2.76;  // the mean of log 5 and log 50
  // d log f / dt where the 32 largest begin, as these have it.
  double logs() const {
    double sum = 0;
    for (const double one : largest) sum += std::log(one / largest[0]);
    return sum / (most - 1);
  }
  // d log f / dt between what one in 5 and one in 50 exceed.
  double body() const { return (exceeded(50) - exceeded(5)) / std::log(10.0); }
  double exceeded(double by_one_in) const {
    double above = 0;
    for (int i = steps - 1; i >= 0; --i) {
      const double wanted = rows / by_one_in;
      if (above + counts[i] >= wanted) return (i + 1 - 12 - (wanted - above) / counts[i]) * 0.5 * std::log(2.0);
      above += counts[i];
    }
    return 0;
  }
};

}  // namespace stream
