// The recurrences of online norm at every instruction set against the same, value by value, over awkward sizes, and the same bits
// at all of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/statistics.h"

namespace cambium {

namespace {

using std::size_t;
constexpr double epsilon = std::numeric_limits<real>::epsilon();
constexpr double guard = 77;

double wide(real value) { return static_cast<double>(value); }

struct Sizes {
  size_t channels, spatial;
};

// A sample and its gradient.
struct Sample {
  std::vector<real> x, g;
  Sample(Sizes sizes, std::uint64_t number, double offset) : x(sizes.channels * sizes.spatial), g(x.size()) {
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = static_cast<real>(offset + Random(1).of(number).normal(i));
      g[i] = static_cast<real>(0.3 + Random(2).of(number).normal(i));
    }
  }
};

// All that the kernels read and write, with a guard value behind each array.
struct Run {
  Sizes sizes;
  OnlineRule rule;
  double gain = 0.2;
  std::vector<double> mean, var, u, v, moments, about, sums;
  std::vector<real> map, back;

  Run(Sizes s, OnlineRule r) : sizes(s), rule(r) {
    const size_t n = sizes.channels;
    mean = var = u = v = std::vector<double>(n + 1, guard);
    for (size_t c = 0; c < n; ++c) {
      mean[c] = 0.1 * static_cast<double>(c), var[c] = 1 + 0.1 * static_cast<double>(c % 7);
      u[c] = 0.3 - 0.01 * static_cast<double>(c), v[c] = 0.2 + 0.01 * static_cast<double>(c);
    }
    moments.assign(3 * n, 0), sums.assign(2 * n, 0), about.assign(2 * n + 1, guard);
    map.assign(3 * n + 1, static_cast<real>(guard)), back.assign(2 * n + 1, static_cast<real>(guard));
  }

  void take(const Kernels& k, const Sample& sample) {
    const auto [channels, spatial] = sizes;
    k.normalize.moments(sample.x.data(), 1, channels, spatial, moments.data());
    k.online.take(sample.x.data(), spatial == 1 ? nullptr : moments.data(), channels, spatial, rule, mean.data(), var.data(),
                  map.data(), spatial == 1 ? nullptr : about.data());
    k.normalize.back_moments(sample.x.data(), sample.g.data(), 1, channels, spatial, {map.data(), nullptr, true}, {}, sums.data());
    k.online.take_back(sample.x.data(), map.data(), spatial == 1 ? nullptr : about.data(), sums.data(), channels, spatial, gain,
                       u.data(), v.data(), back.data());
  }

  bool same_bits(const Run& other) const {
    const auto same = [](const auto& a, const auto& b) { return std::memcmp(a.data(), b.data(), a.size() * sizeof(a[0])) == 0; };
    return same(mean, other.mean) && same(var, other.var) && same(u, other.u) && same(v, other.v) && same(map, other.map) &&
           same(back, other.back) && same(about, other.about);
  }
  bool guards_hold() const {
    const bool states = mean.back() == guard && var.back() == guard && u.back() == guard && v.back() == guard;
    return states && about.back() == guard && map.back() == static_cast<real>(guard) && back.back() == static_cast<real>(guard);
  }
};

// One channel, from the values themselves.
struct Twin {
  double mean, var, u, v, s = 0, push = 0, pull = 0;

  void take(const real* x, const real* g, size_t n, OnlineRule rule, double gain) {
    const double count = static_cast<double>(n);
    double m = 0, w = 0;
    for (size_t i = 0; i < n; ++i) m += wide(x[i]) / count;
    for (size_t i = 0; i < n; ++i) w += (wide(x[i]) - m) * (wide(x[i]) - m) / count;
    const double old_mean = mean, old_var = var;
    mean = rule.a * old_mean + (1 - rule.a) * m;
    var = rule.a * old_var + (1 - rule.a) * w + rule.a * (1 - rule.a) * (m - old_mean) * (m - old_mean);
    const double brings = (1 - rule.a) * w + rule.a * (1 - rule.a) * (m - old_mean) * (m - old_mean);
    const double by_mean = rule.enters_first ? mean : old_mean;
    const double by_var = rule.enters_first ? var : rule.input ? std::max(old_var, brings) : old_var;
    const double floor = by_mean * by_mean * std::pow(2.0, -60);
    s = std::sqrt(rule.input ? std::max(by_var, floor) : by_var + rule.epsilon);
    if (rule.warm && by_var == 0) s = INFINITY;

    push = gain * u, pull = gain * v;
    double hy = 0, dx = 0;
    for (size_t i = 0; i < n; ++i) {
      const double y = (wide(x[i]) - by_mean) / s, h = wide(g[i]) - pull * y;
      hy += h * y / count, dx += (h / s - push) / count;
    }
    v += hy, u += dx;
  }
};

bool near(double got, double expected, double tolerance) {
  return std::fabs(got - expected) <= tolerance * (1 + std::fabs(expected));
}

// Several samples, at every instruction set and by the twin.
void check(Sizes sizes, OnlineRule rule, double offset) {
  const std::string text = std::to_string(sizes.channels) + " x " + std::to_string(sizes.spatial) +
                           (rule.enters_first ? ", enters first" : "") + (rule.input ? ", input" : "");
  std::vector<Run> runs(available_isas().size(), Run(sizes, rule));
  std::vector<Twin> twins;
  for (size_t c = 0; c < sizes.channels; ++c) twins.push_back({runs[0].mean[c], runs[0].var[c], runs[0].u[c], runs[0].v[c]});
  for (std::uint64_t number = 0; number < 5; ++number) {
    const Sample sample(sizes, number, offset);
    for (size_t i = 0; i < runs.size(); ++i) {
      runs[i].take(kernels(available_isas()[i]), sample);
      if (!runs[i].same_bits(runs[0])) FAIL_CHECK(text << ": other bits with " << name(available_isas()[i]));
      if (!runs[i].guards_hold()) FAIL_CHECK(text << ": written beyond the end with " << name(available_isas()[i]));
    }
    const Run& run = runs[0];
    for (size_t c = 0; c < sizes.channels; ++c) {
      Twin& twin = twins[c];
      twin.take(sample.x.data() + c * sizes.spatial, sample.g.data() + c * sizes.spatial, sizes.spatial, rule, run.gain);
      const bool states = near(run.mean[c], twin.mean, 1e-13) && near(run.var[c], twin.var, 1e-13) &&
                          near(run.u[c], twin.u, 40 * epsilon) && near(run.v[c], twin.v, 40 * epsilon);
      const real* const map = run.map.data() + c;
      const double by_mean = wide(map[0]) + wide(map[sizes.channels]), rstd = wide(map[2 * sizes.channels]);
      const bool maps = (rule.enters_first ? near(by_mean, twin.mean, 1e-13) : true) && near(rstd, 1 / twin.s, 2 * epsilon);
      const bool backs = near(wide(run.back[c]), twin.push, 40 * epsilon) &&
                         near(wide(run.back[sizes.channels + c]), twin.pull / twin.s, 40 * epsilon);
      if (!states || !maps || !backs) FAIL_CHECK(text << ": channel " << c << " is another after sample " << number);
    }
  }
}

}  // namespace

TEST_CASE("online kernels: as the recurrences value by value, the same bits at every instruction set") {
  for (const size_t channels : std::initializer_list<size_t>{1, 3, 4, 7, 8, 9, 17, 67})
    for (const size_t spatial : std::initializer_list<size_t>{1, 2, 9, 31})
      for (const bool first : {false, true})
        for (const bool input : {false, true})
          check({channels, spatial}, {.a = 0.9, .enters_first = first, .warm = first, .epsilon = 1e-3, .input = input}, 0.7);
  // The first sample of a warm start.
  check({17, 1}, {.a = 0, .enters_first = true, .warm = true, .epsilon = 1e-3, .input = false}, 0.7);
}

TEST_CASE("online kernels: a variance becomes a scale by the rule of the normalizing layers, to the last bit") {
  const double means[] = {0, 1, -3, 1e7, 1e-40, 200.7}, vars[] = {0, 1e-70, 1e-61, 1e-30, 1e-5, 0.37, 1, 1e9};
  for (const bool warm : {false, true})
    for (const bool input : {false, true})
      for (const double mean : means)
        for (const double var : vars)
          for (const Isa isa : available_isas()) {
            const double decay = 1, eps = input ? 0 : 1e-5;  // nothing moves
            Run run({5, 1}, {.a = decay, .enters_first = false, .warm = warm, .epsilon = eps, .input = input});
            run.mean.assign(6, mean), run.var.assign(6, var);
            run.take(kernels(isa), Sample({5, 1}, 0, 2));
            const double expected = warm && var == 0 ? 0 : DeviationRule{eps, input}.reciprocal(mean, var);
            for (size_t c = 0; c < 5; ++c) {
              CHECK(run.map[c] == static_cast<real>(mean));
              CHECK(run.map[5 + c] == static_cast<real>(mean - wide(static_cast<real>(mean))));
              CHECK(run.map[10 + c] == static_cast<real>(expected));
              CHECK(run.mean[c] == mean);
              CHECK(run.var[c] == var);
            }
          }
}

TEST_CASE("online kernels: a NaN stays in its channel, and is not lost") {
  for (const Isa isa : available_isas())
    for (const size_t spatial : std::initializer_list<size_t>{1, 3})
      for (const bool enters_first : {false, true}) {
        Run run({13, spatial}, {.a = 0.9, .enters_first = enters_first, .warm = enters_first, .epsilon = 1e-3, .input = false});
        Sample sample({13, spatial}, 0, 0);
        sample.x[5 * spatial] = std::numeric_limits<real>::quiet_NaN();
        run.take(kernels(isa), sample);
        for (size_t c = 0; c < 13; ++c)
          for (const std::vector<double>* state : {&run.mean, &run.var, &run.u, &run.v})
            REQUIRE(std::isnan((*state)[c]) == (c == 5));
      }
}

}  // namespace cambium
