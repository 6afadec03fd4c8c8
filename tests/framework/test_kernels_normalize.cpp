// Every normalization kernel at every instruction set against a plain loop in double, over awkward sizes and all tails, in place
// and not, and the same bits at all of them.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

namespace {

constexpr double epsilon = std::numeric_limits<real>::epsilon();
constexpr real guard = 77;

double wide(real value) { return static_cast<double>(value); }

using List = std::initializer_list<std::size_t>;

struct Sizes {
  std::size_t rows, channels, spatial;
  std::size_t count() const { return rows * channels * spatial; }
};

struct Switches {
  bool per_sample, gamma, beta, relu;
};

std::vector<Switches> all_switches() {
  std::vector<Switches> all;
  for (int bits = 0; bits < 16; ++bits) all.push_back({(bits & 8) != 0, (bits & 4) != 0, (bits & 2) != 0, (bits & 1) != 0});
  return all;
}

std::vector<Sizes> all_sizes() {
  std::vector<Sizes> all;
  for (const std::size_t rows : List{0, 1, 2, 3})
    for (const std::size_t channels : List{1, 3, 8, 17})
      for (const std::size_t spatial : List{1, 2, 7, 8, 9, 31, 64}) all.push_back({rows, channels, spatial});
  for (const std::size_t spatial : List{15, 16, 17, 33, 196}) all.push_back({2, 2, spatial});
  return all;
}

std::vector<real> draw(std::size_t n, std::uint64_t seed, double low, double high) {
  std::vector<real> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<real>(Random(seed).uniform(i, low, high));
  return values;
}

// One case, and what it comes to in plain double.
struct Case {
  Sizes sizes;
  Switches on;
  std::vector<real> x, dy, maps, backs, gamma, beta;

  Case(Sizes s, Switches o) : sizes(s), on(o) {
    const std::size_t sets = on.per_sample ? sizes.rows : 1, channels = sizes.channels;
    x = draw(sizes.count() + 1, 1, -4, 4);
    dy = draw(sizes.count() + 1, 2, -1, 1);
    maps = draw(sets * 3 * channels, 3, -1, 1);
    for (std::size_t set = 0; set < sets; ++set)
      for (std::size_t c = 0; c < channels; ++c) {
        maps[(set * 3 + 1) * channels + c] *= static_cast<real>(0.01);  // what a reference leaves over
        real& rstd = maps[(set * 3 + 2) * channels + c];
        rstd = rstd * rstd + static_cast<real>(0.5);
      }
    backs = draw(sets * 2 * channels, 4, -1, 1);
    gamma = draw(channels, 5, -2, 2);
    beta = draw(channels, 6, -1, 1);
    // Off the kink of the relu, where rounding decides.
    for (std::size_t i = 0; i < sizes.count(); ++i)
      while (std::fabs(before_relu(i)) < 1e-3) x[i] += static_cast<real>(0.25);
  }

  std::size_t channel(std::size_t i) const { return i / sizes.spatial % sizes.channels; }
  std::size_t set(std::size_t i) const { return on.per_sample ? i / (sizes.channels * sizes.spatial) : 0; }
  double map(std::size_t i, std::size_t which) const { return wide(maps[(set(i) * 3 + which) * sizes.channels + channel(i)]); }
  double back(std::size_t i, std::size_t which) const { return wide(backs[(set(i) * 2 + which) * sizes.channels + channel(i)]); }
  double gamma_at(std::size_t i) const { return on.gamma ? wide(gamma[channel(i)]) : 1; }
  double beta_at(std::size_t i) const { return on.beta ? wide(beta[channel(i)]) : 0; }

  double xhat(std::size_t i) const { return ((wide(x[i]) - map(i, 0)) - map(i, 1)) * map(i, 2); }
  double before_relu(std::size_t i) const { return xhat(i) * gamma_at(i) + beta_at(i); }
  double y(std::size_t i) const { return on.relu && before_relu(i) < 0 ? 0 : before_relu(i); }
  double g(std::size_t i) const { return on.relu && before_relu(i) <= 0 ? 0 : wide(dy[i]); }
  double dx(std::size_t i) const { return g(i) * gamma_at(i) * map(i, 2) - back(i, 0) - back(i, 1) * xhat(i); }

  NormMap norm_map() const { return {maps.data(), backs.data(), on.per_sample}; }
  NormEpilogue epilogue() const { return {on.gamma ? gamma.data() : nullptr, on.beta ? beta.data() : nullptr, on.relu}; }

  std::string text() const {
    const auto yes = [](bool is, const char* what) { return is ? std::string(", ") + what : std::string(); };
    return std::to_string(sizes.rows) + " x " + std::to_string(sizes.channels) + " x " + std::to_string(sizes.spatial) +
           yes(on.per_sample, "per sample") + yes(on.gamma, "gamma") + yes(on.beta, "beta") + yes(on.relu, "relu");
  }
};

void for_all_cases(const std::function<void(const Case&)>& check) {
  for (const Sizes& sizes : all_sizes())
    for (const Switches& on : all_switches()) check(Case(sizes, on));
}

// n values by `expected`, each within `tolerance(i)`, and the guard behind them; "" when all is well.
template <class T>
std::string apart(const std::vector<T>& got, std::size_t n, const std::function<double(std::size_t)>& expected,
                  const std::function<double(std::size_t)>& tolerance) {
  for (std::size_t i = 0; i < n; ++i)
    if (!(std::fabs(static_cast<double>(got[i]) - expected(i)) <= tolerance(i)))
      return "value " + std::to_string(i) + " is " + std::to_string(got[i]) + " and not " + std::to_string(expected(i));
  return got[n] == static_cast<T>(guard) ? "" : "written beyond the end";
}

// What `run` makes of a copy of `start` at each instruction set; the bits must not differ.
template <class T>
std::vector<T> at_every_isa(const std::vector<T>& start, const std::function<void(const NormalizeKernels&, T*)>& run,
                            const std::string& text) {
  std::vector<std::vector<T>> results;
  for (const Isa isa : available_isas()) {
    results.push_back(start);
    results.back().back() = static_cast<T>(guard);
    run(kernels(isa).normalize, results.back().data());
    if (std::memcmp(results.back().data(), results[0].data(), start.size() * sizeof(T)) != 0)
      FAIL_CHECK(text << ": other bits with " << name(isa));
  }
  return results[0];
}

const auto rounding = [](std::size_t) { return 32 * epsilon; };  // of values up to about 30

}  // namespace

TEST_CASE("normalize forward: as the plain loop, the same bits at every instruction set") {
  for_all_cases([](const Case& c) {
    const auto run = [&](const std::vector<real>& start, bool in_place) {
      const std::vector<real> y = at_every_isa<real>(
          start,
          [&](const NormalizeKernels& k, real* out) {
            k.forward(in_place ? out : c.x.data(), out, c.sizes.rows, c.sizes.channels, c.sizes.spatial, c.norm_map(),
                      c.epilogue());
          },
          c.text());
      CHECK_MESSAGE(apart<real>(
                        y, c.sizes.count(), [&](std::size_t i) { return c.y(i); }, rounding) == "",
                    c.text());
      return y;
    };
    CHECK(run(draw(c.sizes.count() + 1, 9, 0, 1), false) == run(c.x, true));
  });
}

TEST_CASE("normalize backward: as the plain loop, the same bits at every instruction set") {
  for_all_cases([](const Case& c) {
    const auto run = [&](const std::vector<real>& start, bool in_place) {
      const std::vector<real> dx = at_every_isa<real>(
          start,
          [&](const NormalizeKernels& k, real* out) {
            k.backward(c.x.data(), in_place ? out : c.dy.data(), out, c.sizes.rows, c.sizes.channels, c.sizes.spatial, c.norm_map(),
                       c.epilogue());
          },
          c.text());
      CHECK_MESSAGE(apart<real>(
                        dx, c.sizes.count(), [&](std::size_t i) { return c.dx(i); }, rounding) == "",
                    c.text());
      return dx;
    };
    CHECK(run(draw(c.sizes.count() + 1, 9, 0, 1), false) == run(c.dy, true));
  });
}

TEST_CASE("normalize back_moments: sums in double, the same bits at every instruction set") {
  for_all_cases([](const Case& c) {
    const std::size_t channels = c.sizes.channels;
    std::vector<double> expected(2 * channels, 0.0);
    for (std::size_t i = 0; i < c.sizes.count(); ++i) {
      expected[c.channel(i)] += c.g(i);
      expected[channels + c.channel(i)] += c.g(i) * c.xhat(i);
    }
    const std::vector<double> sums = at_every_isa<double>(
        std::vector<double>(2 * channels + 1, -5.0),
        [&](const NormalizeKernels& k, double* out) {
          k.back_moments(c.x.data(), c.dy.data(), c.sizes.rows, channels, c.sizes.spatial, c.norm_map(), c.epilogue(), out);
        },
        c.text());
    // The gradients are exact, so their sum is as good as double; xhat is rounded to real once.
    const double terms = static_cast<double>(c.sizes.rows * c.sizes.spatial);
    const auto tolerance = [&](std::size_t i) { return i < channels ? 1e-14 * terms : 16 * epsilon * terms; };
    CHECK_MESSAGE(apart<double>(
                      sums, 2 * channels, [&](std::size_t i) { return expected[i]; }, tolerance) == "",
                  c.text());
  });
}

TEST_CASE("normalize moments: differences from the first value, in double, the same bits at every instruction set") {
  for (const double offset : {0.0, 200.7, 1e7})
    for (const Sizes& s : all_sizes()) {
      std::vector<real> x = draw(s.count() + s.channels * s.spatial, 1, -4, 4);  // one row more, so that there is a first value
      for (real& value : x) value += static_cast<real>(offset);
      std::vector<double> expected(3 * s.channels, 0.0);
      for (std::size_t c = 0; c < s.channels; ++c) {
        const double ref = expected[c] = wide(x[c * s.spatial]);
        for (std::size_t row = 0; row < s.rows; ++row)
          for (std::size_t i = 0; i < s.spatial; ++i) {
            const double d = wide(x[(row * s.channels + c) * s.spatial + i]) - ref;
            expected[s.channels + c] += d, expected[2 * s.channels + c] += d * d;
          }
      }
      const std::string text = std::to_string(s.rows) + " x " + std::to_string(s.channels) + " x " + std::to_string(s.spatial);
      const std::vector<double> got = at_every_isa<double>(
          std::vector<double>(3 * s.channels + 1, -5.0),
          [&](const NormalizeKernels& k, double* out) { k.moments(x.data(), s.rows, s.channels, s.spatial, out); }, text);
      const auto tolerance = [&](std::size_t i) { return i < s.channels ? 0 : 1e-13 * static_cast<double>(s.rows * s.spatial); };
      CHECK_MESSAGE(apart<double>(
                        got, 3 * s.channels, [&](std::size_t i) { return expected[i]; }, tolerance) == "",
                    text);
    }
}

TEST_CASE("normalize moments: a constant has no deviation at all") {
  for (const double value : {0.0, 1.0 / 3, 200.7, 255.0, 12345.678, 1e6 + 0.3, 1e7 + 3.3})
    for (const std::size_t spatial : List{1, 2, 9, 64, 1001}) {
      const std::vector<real> x(5 * 3 * spatial, static_cast<real>(value));
      for (const Isa isa : available_isas()) {
        std::vector<double> out(9, -5.0);
        kernels(isa).normalize.moments(x.data(), 5, 3, spatial, out.data());
        for (std::size_t c = 0; c < 9; ++c) CHECK(out[c] == (c < 3 ? wide(x[0]) : 0));
      }
    }
}

TEST_CASE("channel_map: as the plain loop, the same bits at every instruction set") {
  for_all_cases([](const Case& c) {
    if (c.on.per_sample) return;
    const auto run = [&](const std::vector<real>& start, bool in_place) {
      const std::vector<real> y = at_every_isa<real>(
          start,
          [&](const NormalizeKernels& k, real* out) {
            k.channel_map(in_place ? out : c.x.data(), out, c.sizes.rows, c.sizes.channels, c.sizes.spatial, c.epilogue());
          },
          c.text());
      const auto expected = [&](std::size_t i) {
        const double sum = wide(c.x[i]) * c.gamma_at(i) + c.beta_at(i);
        return c.on.relu && sum < 0 ? 0 : sum;
      };
      CHECK_MESSAGE(apart<real>(y, c.sizes.count(), expected, rounding) == "", c.text());
      return y;
    };
    CHECK(run(draw(c.sizes.count() + 1, 9, 0, 1), false) == run(c.x, true));
  });
}

namespace {

// dgamma and dbeta of the channels from `first` to `last`, into arrays that hold `old` before.
void check_channel_map_gradient(const Case& c, std::size_t first, std::size_t last, bool add) {
  const std::size_t channels = c.sizes.channels;
  const std::vector<real> old = draw(2 * channels + 1, 7, -1, 1);
  const std::vector<real> got = at_every_isa<real>(
      old,
      [&](const NormalizeKernels& k, real* out) {
        k.channel_map_gradient(c.x.data(), c.dy.data(), c.sizes.rows, channels, c.sizes.spatial, first, last,
                               c.on.gamma ? out : nullptr, c.on.beta ? out + channels : nullptr, add);
      },
      c.text());
  std::vector<double> expected(old.begin(), old.end());
  for (std::size_t j = 0; j < 2 * channels; ++j) {
    const std::size_t channel = j % channels;
    const bool written = (j < channels ? c.on.gamma : c.on.beta) && channel >= first && channel < last;
    if (!written) continue;
    if (!add) expected[j] = 0;
    for (std::size_t i = 0; i < c.sizes.count(); ++i)
      if (c.channel(i) == channel) expected[j] += wide(c.dy[i]) * (j < channels ? wide(c.x[i]) : 1);
  }
  const double terms = static_cast<double>(c.sizes.rows * c.sizes.spatial);
  // Summed in double and rounded once; added to what was there, twice.
  const auto tolerance = [&](std::size_t j) {
    return epsilon * (add ? 1 + std::fabs(expected[j]) : 0.501 * std::fabs(expected[j])) + 1e-14 * terms;
  };
  CHECK_MESSAGE(apart<real>(
                    got, 2 * channels, [&](std::size_t j) { return expected[j]; }, tolerance) == "",
                c.text());
}

}  // namespace

TEST_CASE("channel_map_gradient: any share of the channels, overwritten or added to, the same bits at every instruction set") {
  for_all_cases([](const Case& c) {
    if (c.on.per_sample || c.on.relu) return;
    for (const bool add : {false, true}) {
      check_channel_map_gradient(c, 0, c.sizes.channels, add);
      check_channel_map_gradient(c, c.sizes.channels / 3, c.sizes.channels - c.sizes.channels / 4, add);
    }
  });
  for (const Sizes& sizes : {Sizes{3, 131, 1}, Sizes{2, 67, 9}})  // more channels than one block has
    for (const bool add : {false, true}) {
      const Case c(sizes, {.per_sample = false, .gamma = true, .beta = true, .relu = false});
      check_channel_map_gradient(c, 0, sizes.channels, add);
      check_channel_map_gradient(c, 1, sizes.channels - 2, add);
    }
}

TEST_CASE("through_gamma: sums in order, then times gamma, the same bits at every instruction set") {
  for (const std::size_t sets : List{0, 1, 2, 5})
    for (const std::size_t channels : List{1, 3, 8, 17, 67})
      for (const bool has_gamma : {false, true}) {
        const std::vector<real> gamma = draw(channels, 5, -2, 2);
        const std::size_t n = 2 * channels, all = sets * n;
        std::vector<double> start(all + n + 1, -5.0), expected(all + n, 0.0);  // the sets, and then the sums
        for (std::size_t i = 0; i < all; ++i) start[i] = Random(6).uniform(i, -1, 1);
        for (std::size_t i = 0; i < all; ++i) {
          expected[all + i % n] += start[i];
          expected[i] = has_gamma ? start[i] * wide(gamma[i % channels]) : start[i];
        }
        const std::string text = std::to_string(sets) + " x " + std::to_string(channels) + (has_gamma ? ", gamma" : "");
        const std::vector<double> got = at_every_isa<double>(
            start,
            [&](const NormalizeKernels& k, double* values) {
              k.through_gamma(values, sets, channels, has_gamma ? gamma.data() : nullptr, values + all);
            },
            text);
        const auto exact = [](std::size_t) { return 0.0; };
        CHECK_MESSAGE(apart<double>(
                          got, all + n, [&](std::size_t i) { return expected[i]; }, exact) == "",
                      text);
      }
}

TEST_CASE("at exactly 0 a relu in the tail lets no gradient through, as the relu layer does") {
  const real map[] = {3, 0, 2}, back[] = {0, 0}, x[] = {3, 4, 2}, dy[] = {1, 1, 1};
  for (const Isa isa : available_isas())
    for (const std::size_t spatial : List{1, 3}) {
      const NormalizeKernels& k = kernels(isa).normalize;
      real dx[3];
      double sums[2];
      k.backward(x, dy, dx, 3 / spatial, 1, spatial, {map, back, false}, {nullptr, nullptr, true});
      k.back_moments(x, dy, 3 / spatial, 1, spatial, {map, back, false}, {nullptr, nullptr, true}, sums);
      CHECK(dx[0] == 0);
      CHECK(dx[1] == 2);
      CHECK(dx[2] == 0);
      CHECK(sums[0] == 1);
      CHECK(sums[1] == 2);
    }
}

TEST_CASE("the sums of normalization: a NaN or an infinity, wherever it stands, is not lost, and spoils its own channel alone") {
  const real infinity = std::numeric_limits<real>::infinity(), nan = std::numeric_limits<real>::quiet_NaN();
  for (const Isa isa : available_isas())
    for (const std::size_t spatial : List{1, 5, 19, 37})
      for (const real bad : {nan, infinity, -infinity}) {
        const NormalizeKernels& k = kernels(isa).normalize;
        const Case c({2, 18, spatial}, {.per_sample = false, .gamma = true, .beta = true, .relu = false});
        for (std::size_t at = 0; at < c.sizes.count(); at += 1 + spatial / 3) {
          std::vector<real> x = c.x, dy = c.dy;
          x[at] = dy[at] = bad;
          std::vector<double> sums(3 * 18), back(2 * 18);
          std::vector<real> gradients(2 * 18);
          k.moments(x.data(), 2, 18, spatial, sums.data());
          k.back_moments(c.x.data(), dy.data(), 2, 18, spatial, c.norm_map(), c.epilogue(), back.data());
          k.channel_map_gradient(c.x.data(), dy.data(), 2, 18, spatial, 0, 18, gradients.data(), gradients.data() + 18, false);
          for (std::size_t channel = 0; channel < 18; ++channel) {
            const bool spoilt = channel == c.channel(at);
            for (std::size_t i = channel; i < 36; i += 18) {
              REQUIRE(std::isfinite(sums[18 + i]) == !spoilt);
              REQUIRE(std::isfinite(back[i]) == !spoilt);
              REQUIRE(std::isfinite(gradients[i]) == !spoilt);
            }
          }
        }
      }
}

TEST_CASE("a NaN goes through the normalize kernels, with a relu too") {
  const real nan = std::numeric_limits<real>::quiet_NaN();
  for (const Isa isa : available_isas())
    for (const std::size_t spatial : List{1, 11})
      for (const bool relu : {false, true}) {
        Case c({2, 13, spatial}, {.per_sample = false, .gamma = true, .beta = true, .relu = relu});
        for (std::size_t at = 0; at < c.sizes.count(); at += 5) {
          std::vector<real> x = c.x, y = c.x;
          x[at] = nan;
          kernels(isa).normalize.forward(x.data(), y.data(), 2, 13, spatial, c.norm_map(), c.epilogue());
          for (std::size_t i = 0; i < c.sizes.count(); ++i) REQUIRE(std::isnan(y[i]) == (i == at));
        }
      }
}

}  // namespace cambium
