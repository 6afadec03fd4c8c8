// Streams of data in the order of time, made to be hard on whatever remembers: rows of six columns and a label.
#pragma once

#include <cmath>
#include <cstdint>

#include "cambium/framework/base/random.h"
#include "cambium/framework/kernels/real.h"

namespace cambium {

class MadeStream {
 public:
  static constexpr int columns = 6, kinds = 9;

  // Each column has a kind, drawn for it or, in every other stream, the same for all; and, unless `plain`, a scale and an offset
  // of its own. Labels go by the columns, or come in runs.
  MadeStream(std::uint64_t number, bool plain) : random_(Random(4711).of(number)), in_runs_(number / 2 % 2 != 0) {
    for (int c = 0; c < columns; ++c) {
      const auto draw = static_cast<std::uint64_t>(c);
      kind_[c] = static_cast<int>(random_.of(1).below(number % 2 ? 0 : draw, kinds));
      scale_[c] = plain ? 1 : std::pow(10.0, 6 * random_.of(2).uniform(draw) - 3);
      offset_[c] = (plain ? 1 : 10) * scale_[c] * random_.of(3).normal(draw);
    }
  }

  // Writes a row, and returns its label.
  int next(real* x) {
    double z[columns];
    for (int c = 0; c < columns; ++c) {
      z[c] = value(c);
      x[c] = static_cast<real>(offset_[c] + scale_[c] * z[c]);
    }
    const bool now = z[0] + z[1] - z[2] + z[3] * z[4] - z[5] > 0;
    if (!in_runs_ || n_ % 300 == 0 || random_.of(40).uniform(n_) < 0.02) label_ = now;
    ++n_;
    return label_ ? 1 : 0;
  }

 private:
  double value(int c) {
    const auto column = static_cast<std::uint64_t>(c);
    const double normal = random_.of(10 + column).normal(n_), uniform = random_.of(20 + column).uniform(n_);
    double& walk = walk_[c];
    switch (kind_[c]) {
      case 0: return n_ < 8000 + 1500 * column ? 0 : normal;                        // a constant that wakes up
      case 1: return uniform < 5e-4 ? 5 + normal : 0;                               // rare events
      case 2: return normal * (uniform < 1e-3 ? 1000 : 1);                          // spikes
      case 3: return normal * std::pow(100.0, static_cast<double>(n_ / 6000 % 3));  // new ranges
      case 4: return normal + 1e-3 * static_cast<double>(n_);                       // drift
      case 5: return walk += 0.01 * normal;                                         // a random walk
      case 6: return walk = 0.999 * walk + 0.045 * normal;                          // strong autocorrelation
      case 7: return n_ / 2500 % 2 ? normal : 0;                                    // sleeps and wakes in turn
      default: return normal;
    }
  }

  Random random_;
  bool in_runs_, label_ = false;
  int kind_[columns];
  double scale_[columns], offset_[columns], walk_[columns] = {};
  std::uint64_t n_ = 0;
};

}  // namespace cambium
