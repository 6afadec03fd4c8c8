// Online norm as its recurrences are written down, one number after the other, in double: slow, and plain enough to be right.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "cambium/layers/normalization/online_norm.h"

namespace cambium {

// One channel. `take` is the forward pass of one sample, `take_back` its backward pass, right after.
struct OnlineNormTwin {
  OnlineNormOptions options;
  double mean = 0, var = 1, u = 0, v = 0, n = 0;
  double s = 1;  // of the last sample
  std::vector<double> y{}, dx{};

  void take(const double* x, std::size_t positions) {
    double m = 0, w = 0;
    for (std::size_t i = 0; i < positions; ++i) m += x[i] / static_cast<double>(positions);
    for (std::size_t i = 0; i < positions; ++i) w += (x[i] - m) * (x[i] - m) / static_cast<double>(positions);
    n += 1;
    const bool first_in = options.start == OnlineNormOptions::Start::warm && n < 1 / (1 - options.alpha) * (1 - 1e-9);
    const double a = first_in ? (n - 1) / n : options.alpha;
    if (first_in) update(m, w, a);
    double used = var + options.epsilon;
    if (options.bounded && !first_in) used = std::max(used, least() * (w + (m - mean) * (m - mean)));
    s = options.start == OnlineNormOptions::Start::warm && var == 0 ? INFINITY : std::sqrt(used);
    y.clear();
    for (std::size_t i = 0; i < positions; ++i) y.push_back((x[i] - mean) / s);
    if (!first_in) update(m, w, a);
  }
  double least() const { return std::min(options.alpha * (1 - options.alpha), 1 - options.alpha_backward); }
  void update(double m, double w, double a) {
    const double old = mean;
    mean = old + (1 - a) * (m - old);
    var = a * var + (1 - a) * w + a * (1 - a) * (m - old) * (m - old);
  }
  void take_back(const double* g) {
    const double b = options.alpha_backward, positions = static_cast<double>(y.size());
    double hy = 0, sum = 0, squares = 0;
    dx.clear();
    if (options.start == OnlineNormOptions::Start::warm && n * positions <= 16) {
      dx.assign(y.size(), 0);
      return;
    }
    for (const double value : y) squares += value * value / positions;
    const double down = options.bounded ? std::min(1.0, 1 / std::sqrt((1 - b) * squares)) : 1;
    u *= down * down;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double z = y[i] * down, h = g[i] - (1 - b) * v * z;
      hy += h * z;
      dx.push_back(h / s - (1 - b) * u);
      sum += dx[i];
    }
    v += hy / positions;
    u += sum / positions;
  }
};

}  // namespace cambium
