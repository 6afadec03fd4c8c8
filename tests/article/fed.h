// A model in use, as a user has it, but fed with plain numbers; and what is measured of the numbers that come out.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/planning/plan.h"

namespace cambium::article {

using Values = std::vector<double>;

constexpr bool in_double = sizeof(real) == 8;

// Of a View, or of a span of parameters.
template <class From>
Values get(const From& from) {
  return {from.begin(), from.end()};
}

template <class To>
void set(const To& to, const Values& values) {
  REQUIRE(to.size() == values.size());
  std::transform(values.begin(), values.end(), to.begin(), [](double value) { return static_cast<real>(value); });
}

// A model with one input, its weights and a plan.
class Fed {
 public:
  Fed(Graph graph, PlanOptions options, std::uint64_t seed = 1)
      : graph_(std::move(graph)), weights_(graph_, seed), options_(options), plan_(graph_, weights_, options) {}
  Fed(const Fed&) = delete;
  Fed& operator=(const Fed&) = delete;

  // As many samples as there are, in calls of at most options.batch; all outputs one after the other.
  Values feed(const Values& x) {
    const Shape& shape = graph_.entries()[0].shape;
    const std::size_t size = static_cast<std::size_t>(shape.size());
    REQUIRE(x.size() % size == 0);
    Values y;
    for (std::size_t done = 0; done < x.size();) {
      const std::size_t count = std::min(x.size() / size - done / size, static_cast<std::size_t>(options_.batch));
      x_.resize(count * size);
      for (std::size_t i = 0; i < x_.size(); ++i) x_[i] = static_cast<real>(x[done + i]);
      const ConstView out = plan_.forward({x_.data(), shape, static_cast<int>(count)});
      y.insert(y.end(), out.begin(), out.end());
      done += x_.size();
    }
    return y;
  }

  // The gradient of the input, for this gradient of the last call's output; the parameters' are overwritten.
  Values back(const Values& dy) {
    set(plan_.output_gradient(), dy);
    weights_.mark_gradients_used();
    plan_.backward();
    return get(plan_.input_gradient());
  }

  Weights& weights() { return weights_; }
  Plan& plan() { return plan_; }

 private:
  Graph graph_;
  Weights weights_;
  PlanOptions options_;
  Plan plan_;
  std::vector<real> x_;
};

// ------------------------------------------------------------------------------------------------------- making numbers

template <class F>
Values made(std::size_t n, F value) {
  Values numbers(n);
  for (std::size_t i = 0; i < n; ++i) numbers[i] = value(i);
  return numbers;
}

inline Values normals(std::size_t n, std::uint64_t seed) {
  return made(n, [random = Random(seed)](std::size_t i) { return random.normal(i); });
}

// What the layer is really given.
inline Values rounded(Values numbers) {
  for (double& number : numbers) number = static_cast<double>(static_cast<real>(number));
  return numbers;
}

// Element c of every sample, each of `channels` values.
inline Values column(const Values& samples, std::size_t channels, std::size_t c) {
  return made(samples.size() / channels, [&](std::size_t i) { return samples[i * channels + c]; });
}

inline Values part(const Values& numbers, std::size_t first, std::size_t last) {
  return made(last - first, [&](std::size_t i) { return numbers[first + i]; });
}

// ---------------------------------------------------------------------------------------------------- measuring numbers

// Relative to a value of their own first, so that a large offset costs nothing; the variance is the biased one.
inline double mean_of(const Values& x) {
  double sum = 0;
  for (const double value : x) sum += value - x[0];
  return x[0] + sum / static_cast<double>(x.size());
}

// The mean of (x - mean)^power.
inline double moment_of(const Values& x, int power) {
  const double mean = mean_of(x);
  double sum = 0;
  for (const double value : x) {
    double term = 1;
    for (int i = 0; i < power; ++i) term *= value - mean;
    sum += term;
  }
  return sum / static_cast<double>(x.size());
}

inline double deviation_of(const Values& x) { return std::sqrt(moment_of(x, 2)); }

inline double product_of(const Values& a, const Values& b) {
  REQUIRE(a.size() == b.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

inline double correlation_of(const Values& a, const Values& b) {
  const double mean_a = mean_of(a), mean_b = mean_of(b);
  const auto centred = [](const Values& x, double mean) { return made(x.size(), [&](std::size_t i) { return x[i] - mean; }); };
  return product_of(centred(a, mean_a), centred(b, mean_b)) / static_cast<double>(a.size()) / deviation_of(a) / deviation_of(b);
}

inline double largest_of(const Values& x) {
  double largest = 0;
  for (const double value : x)
    if (!(std::fabs(value) <= largest)) largest = std::fabs(value);
  return largest;
}

inline double worst_difference(const Values& a, const Values& b) {
  REQUIRE(a.size() == b.size());
  return largest_of(made(a.size(), [&](std::size_t i) { return a[i] - b[i]; }));
}

inline double bits_that_differ(const Values& a, const Values& b) {
  REQUIRE(a.size() == b.size());
  double count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] == b[i] ? 0 : 1;
  return count;
}

// |a - b| / |b|, both as vectors.
inline double relative_difference(const Values& a, const Values& b) {
  const Values apart = made(a.size(), [&](std::size_t i) { return a[i] - b[i]; });
  return std::sqrt(product_of(apart, apart) / product_of(b, b));
}

}  // namespace cambium::article
