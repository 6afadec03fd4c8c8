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
#include "cambium/layers/normalization/statistics.h"

namespace cambium {

namespace {

using std::size_t;
constexpr double epsilon = std::numeric_limits<real>::epsilon();
constexpr double guard = 77;

const OnlineControl some_control{.gain = 0.2, .limit = 1.5};  // samples of order 1 lie on both sides of the limit

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
  OnlineControl control = some_control;
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
    k.online.take(moments.data(), channels, spatial, rule, mean.data(), var.data(), map.data(), about.data());
    k.normalize.back_moments(sample.x.data(), sample.g.data(), 1, channels, spatial, {map.data(), nullptr, true}, {}, sums.data());
    k.online.take_back(map.data(), about.data(), sums.data(), channels, spatial, control, u.data(), v.data(), back.data());
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

// One channel, from the values themselves. y and dx are those of the last.
struct Twin {
  double mean, var, u, v, s = 0, push = 0, pull = 0, y = 0, dx = 0;

  template <class G>
  void take(const real* x, const G* g, size_t n, OnlineRule rule, OnlineControl control) {
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
    const double own_share = rule.enters_first ? 0 : rule.least * (w + (m - old_mean) * (m - old_mean));
    s = std::sqrt(rule.input ? std::max(by_var, floor) : std::max(by_var + rule.epsilon, own_share));
    if ((rule.warm || rule.input) && by_var == 0) s = INFINITY;

    double squares = 0;
    for (size_t i = 0; i < n; ++i) squares += (wide(x[i]) - by_mean) / s * (wide(x[i]) - by_mean) / s / count;
    const double down = std::min(1.0, control.limit / std::sqrt(squares));
    u *= down * down;
    push = control.gain * u, pull = control.gain * v * down;
    double hy = 0, sum = 0;
    for (size_t i = 0; i < n; ++i) {
      y = (wide(x[i]) - by_mean) / s;
      const double h = static_cast<double>(g[i]) - pull * y;
      dx = h / s - push;
      hy += h * y * down / count, sum += dx / count;
    }
    v += hy, u += sum;
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
      twin.take(sample.x.data() + c * sizes.spatial, sample.g.data() + c * sizes.spatial, sizes.spatial, rule, run.control);
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

struct Tails {
  bool gamma = false, beta = false, relu = false;
};

// All that the kernels of flat samples read and write; behind each array, and beside the channels asked for, guard values.
struct Values {
  OnlineValues of;
  OnlineRule rule;
  Tails tails;
  OnlineControl control = some_control;
  Run state;  // mean, var, u, v
  std::vector<real> x, dy, gamma, beta, xhat, rstd, dx;
  std::vector<double> sums;

  Values(OnlineValues o, OnlineRule r, Tails t) : of(o), rule(r), tails(t), state({o.channels, 1}, r) {
    const size_t n = of.rows * of.channels;
    const Sample all({n, 1}, 3, 0.7), maps({of.channels, 1}, 4, 0.2);
    x = all.x, dy = all.g, gamma = maps.x, beta = maps.g;
    xhat = rstd = dx = std::vector<real>(n + 1, static_cast<real>(guard));
    sums.assign(2 * of.channels + 1, guard);
    for (size_t c = of.first; c < of.last; ++c) sums[c] = sums[of.channels + c] = 0.5;
  }

  Epilogue epilogue() {
    return {{tails.gamma ? gamma.data() : nullptr, tails.beta ? beta.data() : nullptr, tails.relu}, sums.data()};
  }
  void take(const Kernels& k) {
    k.online.take_values(x.data(), of, rule, state.mean.data(), state.var.data(), xhat.data(), rstd.data());
  }
  void take_back(const Kernels& k, bool held, bool in_place = false, bool wanted = true) {
    if (in_place) std::copy(dy.begin(), dy.end(), dx.begin());
    k.online.take_values_back(xhat.data(), rstd.data(), in_place ? dx.data() : dy.data(), of, epilogue(), control, held,
                              state.u.data(), state.v.data(), wanted ? dx.data() : nullptr);
  }

  bool same_bits(const Values& other, bool with_dx = true) const {
    const auto same = [](const auto& a, const auto& b) { return std::memcmp(a.data(), b.data(), a.size() * sizeof(a[0])) == 0; };
    return state.same_bits(other.state) && same(xhat, other.xhat) && same(rstd, other.rstd) && same(sums, other.sums) &&
           (!with_dx || same(dx, other.dx));
  }
  // What the relu lets through, before gamma, by the xhat that came out: at the kink rounding decides.
  double passed(size_t i) const {
    const size_t c = i % of.channels;
    const real y = (tails.gamma ? xhat[i] * gamma[c] : xhat[i]) + (tails.beta ? beta[c] : 0);
    return tails.relu && !(y > 0) ? 0 : wide(dy[i]);
  }
  bool untouched(size_t i) const {
    const real none = static_cast<real>(guard);
    return xhat[i] == none && rstd[i] == none && dx[i] == none;
  }
};

// One channel of `got`, which came out of `start`, against the recurrences; "" when it is as they say.
std::string channel_fault(const Values& got, const Values& start, size_t c, bool held) {
  const size_t channels = got.of.channels;
  const bool asked_for = c >= got.of.first && c < got.of.last, summed = got.tails.gamma || got.tails.beta;
  Twin twin{start.state.mean[c], start.state.var[c], start.state.u[c], start.state.v[c]};
  double sum = start.sums[c], product = start.sums[channels + c];
  for (size_t i = c; i < got.of.rows * channels; i += channels) {
    if (!asked_for && !got.untouched(i)) return "written beside";
    if (!asked_for) continue;
    const double before = got.passed(i), g = got.tails.gamma ? before * wide(got.gamma[c]) : before, u = twin.u, v = twin.v;
    twin.take(got.x.data() + i, &g, 1, got.rule, got.control);
    if (held) twin.u = u, twin.v = v, twin.dx = 0;
    if (summed) sum += before, product += before * wide(got.xhat[i]);
    if (!near(wide(got.xhat[i]), twin.y, 4 * epsilon) || !near(wide(got.rstd[i]), 1 / twin.s, 2 * epsilon) ||
        !near(wide(got.dx[i]), twin.dx, 40 * epsilon))
      return "another value";
  }
  const Run& run = got.state;
  if (!near(run.mean[c], twin.mean, 1e-13) || !near(run.var[c], twin.var, 1e-13) || !near(run.u[c], twin.u, 40 * epsilon) ||
      !near(run.v[c], twin.v, 40 * epsilon))
    return "another state";
  return near(got.sums[c], sum, 1e-13) && near(got.sums[channels + c], product, 1e-13) ? "" : "other sums";
}

void check_values(OnlineValues of, OnlineRule rule, Tails tails, bool held) {
  const Values start(of, rule, tails);
  Values first = start;
  for (const Isa isa : available_isas()) {
    Values run = start;
    run.take(kernels(isa));
    Values in_place = run, unwanted = run;
    run.take_back(kernels(isa), held);
    in_place.take_back(kernels(isa), held, true);
    unwanted.take_back(kernels(isa), held, false, false);
    if (isa == available_isas()[0]) first = run;
    for (size_t i = 0; i < of.rows * of.channels; ++i)  // beside the channels dx is dy, as before
      if (i % of.channels < of.first || i % of.channels >= of.last) in_place.dx[i] = in_place.dx[i] == run.dy[i] ? run.dx[i] : 0;
    std::string fault;
    for (size_t c = 0; c < of.channels && fault.empty(); ++c) fault = channel_fault(run, start, c, held);
    if (!run.untouched(of.rows * of.channels) || !run.state.guards_hold() || run.sums.back() != guard) fault += " written beyond";
    if (!run.same_bits(first)) fault += " other bits";
    if (!run.same_bits(in_place)) fault += " other bits in place";
    if (!run.same_bits(unwanted, false) || unwanted.dx != start.dx) fault += " other bits without dx";
    if (!fault.empty())
      FAIL_CHECK(of.rows << " x " << of.channels << ", " << of.first << " to " << of.last << ", " << name(isa) << ": " << fault);
  }
}

}  // namespace

TEST_CASE("online kernels of flat samples: as the recurrences value by value, the same bits at every instruction set") {
  const OnlineRule usual{.a = 0.9, .enters_first = false, .warm = false, .epsilon = 1e-3, .input = false};
  for (const size_t channels : std::initializer_list<size_t>{1, 3, 8, 17, 67})
    for (const size_t rows : std::initializer_list<size_t>{0, 1, 2, 7}) {
      const OnlineValues all{rows, channels, 0, channels}, some{rows, channels, channels / 3, channels - channels / 4};
      for (const OnlineValues& of : {all, some})
        for (int i = 0; i < 8; ++i)
          for (const bool held : {false, true}) check_values(of, usual, {i % 2 != 0, i / 2 % 2 != 0, i / 4 != 0}, held);
      for (const bool first : {false, true})
        for (const bool input : {false, true})
          check_values(some, {.a = 0.9, .enters_first = first, .warm = first, .epsilon = 1e-3, .input = input}, {}, false);
    }
  check_values({7, 67, 22, 51}, {.a = 0.9, .enters_first = false, .warm = true, .epsilon = 1e-3, .input = false, .least = 0.4}, {},
               false);
  // The first sample of a warm start.
  check_values({1, 17, 0, 17}, {.a = 0, .enters_first = true, .warm = true, .epsilon = 1e-3, .input = false}, {}, false);
}

TEST_CASE("online kernels: as the recurrences value by value, the same bits at every instruction set") {
  for (const size_t channels : std::initializer_list<size_t>{1, 3, 4, 7, 8, 9, 17, 67})
    for (const size_t spatial : std::initializer_list<size_t>{2, 9, 31})
      for (const bool first : {false, true})
        for (const bool input : {false, true})
          check({channels, spatial}, {.a = 0.9, .enters_first = first, .warm = first, .epsilon = 1e-3, .input = input}, 0.7);
  check({17, 9}, {.a = 0.9, .enters_first = false, .warm = true, .epsilon = 1e-3, .input = false, .least = 0.4}, 0.7);
  // The first sample of a warm start.
  check({17, 2}, {.a = 0, .enters_first = true, .warm = true, .epsilon = 1e-3, .input = false}, 0.7);
}

TEST_CASE("online kernels: a variance becomes a scale by the rule of the normalizing layers, to the last bit") {
  const double means[] = {0, 1, -3, 1e7, 1e-40, 200.7}, vars[] = {0, 1e-70, 1e-61, 1e-30, 1e-5, 0.37, 1, 1e9};
  for (const bool warm : {false, true})
    for (const bool input : {false, true})
      for (const double mean : means)
        for (const double var : vars)
          for (const Isa isa : available_isas()) {
            const double decay = 1, eps = input ? 0 : 1e-5;  // nothing moves
            const OnlineRule rule{.a = decay, .enters_first = false, .warm = warm, .epsilon = eps, .input = input};
            const double expected = warm && var == 0 ? 0 : DeviationRule{eps, input}.reciprocal(mean, var);
            Run run({5, 2}, rule);
            run.mean.assign(6, mean), run.var.assign(6, var);
            run.take(kernels(isa), Sample({5, 2}, 0, 2));
            Values values({1, 5, 0, 5}, rule, {});
            values.state.mean.assign(6, mean), values.state.var.assign(6, var);
            values.take(kernels(isa));
            for (size_t c = 0; c < 5; ++c) {
              CHECK(run.map[c] == static_cast<real>(mean));
              CHECK(run.map[5 + c] == static_cast<real>(mean - wide(static_cast<real>(mean))));
              CHECK(run.map[10 + c] == static_cast<real>(expected));
              CHECK(values.xhat[c] == static_cast<real>((wide(values.x[c]) - mean) * expected));
              CHECK(values.rstd[c] == static_cast<real>(expected));
              for (const Run* moved : {&run, &values.state}) {
                CHECK(moved->mean[c] == mean);
                CHECK(moved->var[c] == var);
              }
            }
          }
}

TEST_CASE("online kernels: a NaN stays in its channel, and is not lost") {
  for (const Isa isa : available_isas())
    for (const bool enters_first : {false, true}) {
      const OnlineRule rule{.a = 0.9, .enters_first = enters_first, .warm = enters_first, .epsilon = 1e-3, .input = false};
      Run run({13, 3}, rule);
      Sample sample({13, 3}, 0, 0);
      Values values({4, 13, 0, 13}, rule, {});
      sample.x[5 * 3] = values.x[2 * 13 + 5] = std::numeric_limits<real>::quiet_NaN();
      run.take(kernels(isa), sample);
      values.take(kernels(isa)), values.take_back(kernels(isa), false);
      for (size_t c = 0; c < 13; ++c)
        for (const Run* moved : {&run, &values.state})
          for (const std::vector<double>* state : {&moved->mean, &moved->var, &moved->u, &moved->v})
            REQUIRE(std::isnan((*state)[c]) == (c == 5));
    }
}

}  // namespace cambium
