// A made-up block of weights with ranges of every kind, and the same block in plain double arithmetic.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/graph/optimizer.h"

namespace cambium {

// Opens what only Optimizer::prepare may call.
template <class Some>
struct Opened : Some {
  using Some::allocate;
  using Some::Some;
};

constexpr double optimizer_tolerance = sizeof(real) == 4 ? 5e-6 : 1e-13;  // after 50 steps, weights around 1

struct OptimizerCase {
  std::vector<real> w, g;
  std::vector<Range> ranges;

  OptimizerCase() : w(256), g(256) {
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<real>(Random(1).uniform(i, -1, 1));
    add(0, 101, true, {});
    add(112, 5, false, {});  // a bias: no decay; and a gap before it
    add(128, 37, true, {.rate = 0.5, .l1 = 0.02, .l2 = 0.03, .limit = 0.8});
    add(176, 9, true, {.freeze = true});
    add(192, 40, false, {.rate = 2, .l1 = 0.01});
  }
  OptimizerCase(const OptimizerCase&) = delete;  // the ranges point into it

  void set_gradient(int step) {
    for (std::size_t i = 0; i < g.size(); ++i)
      g[i] = static_cast<real>(Random(2).of(static_cast<std::uint64_t>(step)).normal(i) + 0.5 * static_cast<double>(w[i]));
  }
  void step(Optimizer& optimizer) {
    optimizer.begin(ranges);
    for (const Range& range : ranges) optimizer.update(range, 0, range.size);
  }

 private:
  void add(std::size_t offset, std::size_t size, bool decay, ParamSettings settings) {
    ranges.push_back({w.data() + offset, g.data() + offset, offset, size, decay, settings});
  }
};

// The naive twin: everything in double, one element after another. `rule(i, w, g, rate, decays)` gives the new weight.
struct Twin {
  std::vector<double> w;
  double clip_norm = 0, clip_value = 0, coupled = 0;

  explicit Twin(const OptimizerCase& c) : w(c.w.begin(), c.w.end()) {}

  template <class Rule>
  void step(const OptimizerCase& c, double rate, Rule&& rule) {
    double squares = 0, scale = 1;
    for (const Range& r : c.ranges)
      for (std::size_t i = 0; i < r.size && !r.settings.freeze; ++i) squares += std::pow(static_cast<double>(r.gradient[i]), 2);
    if (clip_norm > 0) scale = std::min(1.0, clip_norm / (std::sqrt(squares) + 1e-6));
    for (const Range& r : c.ranges)
      for (std::size_t i = r.offset; i < r.offset + r.size && !r.settings.freeze; ++i) {
        double g = scale * static_cast<double>(c.g[i]);
        if (clip_value > 0) g = std::clamp(g, -clip_value, clip_value);
        g += (r.settings.l2 + (r.decay ? coupled : 0)) * w[i] + r.settings.l1 * ((w[i] > 0) - (w[i] < 0));
        w[i] = rule(i, w[i], g, rate * r.settings.rate, r.decay);
        if (r.settings.limit > 0) w[i] = std::clamp(w[i], -r.settings.limit, r.settings.limit);
      }
  }
  double distance(const OptimizerCase& c) const {
    double worst = 0;
    for (std::size_t i = 0; i < w.size(); ++i) worst = std::max(worst, std::fabs(w[i] - static_cast<double>(c.w[i])));
    return worst;
  }
};

// Whether any cut of the ranges, in any order, gives the bits of the whole.
template <class Some, class Options>
bool cut_is_invisible(const Options& options) {
  OptimizerCase whole, cut;
  Opened<Some> a(options), b(options);
  a.allocate(whole.w.size(), best_isa()), b.allocate(cut.w.size(), best_isa());
  for (int t = 0; t < 5; ++t) {
    whole.set_gradient(t), cut.set_gradient(t);
    whole.step(a);
    b.begin(cut.ranges);
    for (auto r = cut.ranges.rbegin(); r != cut.ranges.rend(); ++r)
      for (std::size_t end = r->size, piece = 1; end > 0; piece = 2 * piece + 1) {  // 1, 3, 7, 15, ... from the end
        const std::size_t start = end - std::min(end, piece);
        b.update(*r, start, end);
        end = start;
      }
  }
  return whole.w == cut.w;
}

}  // namespace cambium
